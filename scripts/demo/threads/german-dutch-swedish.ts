import { agent, closed, customer, D, H, note, pending, resolved, type Thread } from "../thread.ts";

export const germanDutchSwedish: readonly Thread[] = [
  {
    from: "familie-oberhuber",
    subject: "Gerät findet WLAN nicht mehr",
    priority: "high",
    tags: ["connectivity", "de"],
    turns: [
      customer(95)`
        Guten Tag, seit wir den neuen Router haben, blinkt unser Tidewell One nur noch blau. In der App steht „Gerät
        wird gesucht“. Ich habe es schon dreimal neu gestartet.
      `,
      agent("jonas", 80)`
        Guten Tag! Blaues Blinken heißt: Das alte WLAN ist gespeichert, aber nicht zu finden. Bitte Taste fünf
        Sekunden halten, dann in der App „Neu verbinden“ wählen. Der Router muss 2,4 GHz anbieten.
      `,
      customer(22)`2,4 GHz war abgeschaltet! Jetzt verbindet es sich, aber nach zwei Minuten ist es wieder weg …`,
    ],
  },
  {
    from: "kita-sonnenschein",
    subject: "Rechnung ohne Umsatzsteuer-ID",
    tags: ["billing", "invoice", "de"],
    turns: [
      customer(3 * D)`
        Auf der Rechnung TW-R-8841 fehlt unsere USt-IdNr. Unsere Buchhaltung nimmt sie so nicht an. Bitte
        korrigieren.
      `,
      agent("pedro", 2 * D + 21 * H)`
        Gern. Wie lautet die Nummer, und soll der Träger oder die Kita als Empfänger stehen?
      `,
      pending(2 * D + 21 * H - 1),
    ],
  },
  {
    from: "lukas-frei",
    subject: "Filter riecht nach Plastik",
    tags: ["hardware", "purify", "de"],
    turns: [
      customer(5 * D + 3 * H)`Der neue Filter im Purify riecht streng. Ist das schädlich?`,
      agent("mara", 5 * D)`
        Nein, das sind Reste vom Verpacken. Eine Stunde auf Stufe 3 bei offenem Fenster, dann ist der Geruch weg.
      `,
      note("mara", 5 * D - 4)`Charge F-0926. Sechs Meldungen in dieser Woche, an die Qualitätssicherung gegeben.`,
      customer(4 * D + 20 * H)`Stimmt, ist weg. Danke für die schnelle Antwort!`,
      resolved(4 * D + 19 * H),
    ],
  },
  {
    from: "stadtwerke-emmerau",
    subject: "Schnittstelle für 400 Messpunkte",
    priority: "high",
    tags: ["api", "business", "de"],
    turns: [
      customer(31 * H)`
        Wir möchten die Werte von 400 Geräten alle fünf Minuten in unser Leitsystem übernehmen. Lieber abrufen oder
        Webhooks? Und was passiert mit Werten, während unser Endpunkt gewartet wird?
      `,
      agent("aiko", 29 * H)`
        Webhooks, in Bündeln zu 100 Werten. Antwortet Ihr Endpunkt nicht, versuchen wir es 24 Stunden lang mit
        wachsendem Abstand; danach holen Sie die Lücke mit from= und to= nach.
      `,
      customer(27 * H)`Sehr gut. Können wir vorab gegen eine Testumgebung entwickeln?`,
    ],
  },
  {
    from: "greta-wohlleben",
    subject: "Kündigung Tidewell Plus",
    tags: ["billing", "cancellation", "de"],
    turns: [
      customer(8 * D)`Hiermit kündige ich mein Plus-Abo zum nächstmöglichen Termin.`,
      agent("lea", 7 * D + 22 * H)`
        Die Kündigung ist eingetragen, zum Monatsende. Das Gerät misst weiter, und die letzten dreißig Tage bleiben
        sichtbar.
      `,
      closed(7 * D + 22 * H - 3),
    ],
  },
  {
    from: "familie-oberhuber",
    subject: "Lob",
    priority: "low",
    tags: ["praise", "de"],
    turns: [customer(10 * D)`Endlich eine Anleitung ohne Kleingedrucktes. Weiter so! 🙂`, closed(9 * D + 20 * H)],
  },
  {
    from: "joost-van-dam",
    subject: "App crasht bij het openen van de geschiedenis",
    priority: "high",
    tags: ["app", "bug", "nl"],
    turns: [
      customer(14 * H)`Sinds versie 7.1 sluit de app als ik op "Jaar" tik. Pixel 8, Android 17.`,
      agent("jonas", 12 * H)`
        Dank je, Joost. Gebeurt het ook als je de taal op Engels zet? Dat helpt ons bij het zoeken.
      `,
      note("jonas", 11 * H + 50)`Vermoedelijk de datumnotatie "mrt." met punt; zie crash 5512.`,
      pending(11 * H + 48),
    ],
  },
  {
    from: "zorghuis-de-linde",
    subject: "Levertijd van vijftig Mini's",
    tags: ["sales", "shipping", "nl"],
    turns: [customer(43)`Kunnen jullie vijftig stuks vóór 1 december leveren, met één factuur?`],
  },
  {
    from: "astrid-ekholm",
    subject: "Visar fel tid efter övergången till vintertid",
    priority: "low",
    tags: ["firmware", "sv"],
    turns: [
      customer(19 * D)`Klockan på skärmen går en timme fel sedan i söndags.`,
      agent("mara", 18 * D + 21 * H)`
        Hej Astrid! Öppna appen nära enheten, så ställs klockan. En rättelse kommer i 4.2.
      `,
      closed(14 * D),
    ],
  },
];
