import { agent, closed, customer, D, H, note, pending, resolved, type Thread } from "../thread.ts";

export const polishUkrainianTurkish: readonly Thread[] = [
  {
    from: "agnieszka-zielony",
    subject: "Czujnik pokazuje smog przy zamkniętych oknach",
    assignee: null,
    tags: ["hardware", "accuracy", "pl"],
    turns: [
      customer(5 * H + 12)`
        Na zewnątrz 18 µg/m³, a w salonie 74, choć okna są zamknięte od rana. Czy urządzenie jest zepsute?
      `,
      agent("mara", 4 * H + 55)`
        Dzień dobry! Zwykle to kuchnia, świece albo kominek. Czy wartość spada po godzinie, jeśli nikt nie gotuje?
      `,
      customer(70)`Kominek! Faktycznie, po wygaszeniu spadło do 20. Ale czy to znaczy, że kominek nam szkodzi?`,
    ],
  },
  {
    from: "spoldzielnia-pod-debem",
    subject: "Faktura zbiorcza za trzy klatki",
    tags: ["billing", "invoice", "pl"],
    turns: [
      customer(3 * D + 8 * H)`Prosimy o jedną fakturę zamiast trzech, z podziałem na klatki w opisie.`,
      agent("pedro", 3 * D + 4 * H)`Oczywiście. Czy w opisie mają być numery klatek czy adresy?`,
      pending(3 * D + 4 * H - 2),
    ],
  },
  {
    from: "marek-wrona",
    subject: "Aplikacja nie wysyła powiadomień na iPhonie",
    priority: "high",
    tags: ["app", "notifications", "pl"],
    turns: [
      customer(10 * D + 2 * H)`Po aktualizacji systemu cisza. Na tablecie działa.`,
      agent("jonas", 10 * D)`
        System przeniósł nas do „Podsumowania”. Ustawienia → Powiadomienia → Tidewell → Natychmiast.
      `,
      customer(9 * D + 22 * H)`Działa, dziękuję!`,
      closed(8 * D),
    ],
  },
  {
    from: "agnieszka-zielony",
    subject: "Zwrot w ciągu 14 dni",
    tags: ["returns", "pl"],
    turns: [
      customer(28 * D)`Chcę zwrócić drugi egzemplarz, nieotwarty.`,
      agent("lea", 27 * D + 20 * H)`Etykieta jest w mailu. Pieniądze wrócą w ciągu trzech dni od nadania.`,
      resolved(25 * D),
    ],
  },
  {
    from: "oksana-hrytsenko",
    subject: "Чи працює прилад від павербанка?",
    tags: ["hardware", "question", "uk"],
    turns: [
      customer(56)`
        Добрий день! У нас часто вимикають світло. Чи можна живити Tidewell One від павербанка, і на скільки
        вистачить 20 000 мА·год?
      `,
      agent("aiko", 33)`
        Добрий день! Так, достатньо 5 В і 1 А. Такого павербанка вистачить приблизно на півтори доби, а з режимом
        «Тиша» на дві з половиною.
      `,
      pending(32),
    ],
  },
  {
    from: "bohdan-melnyk",
    subject: "Не приходить код підтвердження",
    priority: "high",
    tags: ["account", "uk"],
    turns: [
      customer(19)`Намагаюся увійти з нового телефону, SMS не приходить уже пів години.`,
      note("jonas", 12)`У цього оператора затримка з 09:00, інші клієнти теж пишуть. Запропонувати код поштою.`,
    ],
  },
  {
    from: "oksana-hrytsenko",
    subject: "Подяка від школи №5 💙💛",
    priority: "low",
    tags: ["praise", "education", "uk"],
    turns: [
      customer(14 * D + 6 * H)`Діти самі відчиняють вікна, коли кільце стає жовтим. Дякуємо!`,
      agent("lea", 14 * D)`Найкращий лист цього тижня. Обіймаємо весь клас!`,
      closed(13 * D + 12 * H),
    ],
  },
  {
    from: "elif-kaya",
    subject: "Garanti belgesi hangi tarihte başlıyor?",
    tags: ["warranty", "question", "tr"],
    turns: [
      customer(33 * H)`Cihazı mayısta aldım ama temmuzda kurdum. İki yıl ne zaman başlıyor?`,
      agent("pedro", 31 * H)`Fatura tarihinden itibaren. Faturanız yoksa ilk bağlantı tarihi geçerlidir.`,
      resolved(31 * H - 4),
      customer(23 * H)`Peki faturayı kaybettiysem, siparişten yeni bir tane alabilir miyim?`,
    ],
  },
  {
    from: "nikos-vasileiou",
    subject: "Λάθος μονάδα θερμοκρασίας",
    priority: "low",
    tags: ["app", "el"],
    turns: [
      customer(17 * D)`Η οθόνη δείχνει 75 βαθμούς. Ελπίζω να είναι Φαρενάιτ!`,
      agent("mara", 16 * D + 22 * H)`Είναι, ευτυχώς. Ρυθμίσεις → Μονάδες → °C.`,
      resolved(16 * D + 20 * H),
    ],
  },
];
