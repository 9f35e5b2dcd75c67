import { agent, closed, customer, D, H, note, pending, resolved, type Thread } from "../thread.ts";

export const portugueseItalian: readonly Thread[] = [
  {
    from: "beatriz-couto",
    subject: "Aparelho não liga depois da queda de energia",
    priority: "high",
    tags: ["hardware", "warranty", "pt"],
    turns: [
      customer(4 * H + 20)`
        Boa tarde! Faltou luz ontem à noite e, quando voltou, o Tidewell One não ligou mais. Já troquei o cabo e a
        tomada. Comprei há oito meses.
      `,
      agent("pedro", 3 * H + 50)`
        Boa tarde, Beatriz! Está na garantia. Antes da troca, um teste: segure o botão por vinte segundos com o cabo
        ligado. Acende alguma luz?
      `,
      customer(3 * H)`Nenhuma luz, nem piscando.`,
      note("pedro", 2 * H + 50)`Troca aprovada. Estoque no Brasil: 14 unidades.`,
    ],
  },
  {
    from: "escola-vila-nova",
    subject: "Relatório mensal em PDF",
    tags: ["app", "education", "pt"],
    turns: [
      customer(2 * D + 9 * H)`A direção pede um relatório por sala, todo mês, em PDF. Dá para automatizar?`,
      agent("lea", 2 * D + 6 * H)`
        Ainda não em PDF; em CSV, sim, por e-mail no dia 1º. Quer que eu ative para as doze salas?
      `,
      pending(2 * D + 6 * H - 3),
    ],
  },
  {
    from: "rui-tavares",
    subject: "Encomenda retida na alfândega",
    tags: ["shipping", "customs", "pt"],
    turns: [
      customer(7 * D + 3 * H)`A transportadora pede uma declaração com o valor e o número de série. Podem enviar?`,
      agent("mara", 7 * D)`Segue em anexo, assinada. Se pedirem também o código pautal, é o 9027 10 90.`,
      customer(5 * D + 8 * H)`Chegou hoje. Obrigado!`,
      resolved(5 * D + 7 * H),
    ],
  },
  {
    from: "beatriz-couto",
    subject: "Como limpar o sensor?",
    priority: "low",
    tags: ["hardware", "question", "pt"],
    turns: [
      customer(40 * D)`Tem poeira na grade de trás. Posso usar ar comprimido?`,
      agent("mara", 39 * D + 20 * H)`
        Melhor não: a pressão desloca o laser. Um pincel macio e seco basta, uma vez por mês.
      `,
      closed(35 * D),
    ],
  },
  {
    from: "caio-menezes",
    subject: "Webhook duplicado",
    tags: ["api", "webhooks", "pt"],
    turns: [
      customer(16 * H)`Recebi o mesmo evento três vezes em dez segundos (evt_7Qd2). É esperado?`,
      agent("aiko", 15 * H)`
        É: a entrega é "ao menos uma vez". Seu servidor levou 11 s para responder, e nós desistimos aos 10. Guarde o
        id do evento e ignore os repetidos.
      `,
      customer(14 * H)`Entendi. Uma fila resolve o meu lado. 👍`,
      resolved(14 * H - 6),
    ],
  },
  {
    from: "agriturismo-le-querce",
    subject: "Si può pagare con bonifico?",
    tags: ["billing", "sales", "it"],
    turns: [
      customer(29)`
        Buongiorno, vorremmo ordinare otto Mini per le camere, ma la carta aziendale ha un limite di 500 euro.
        Accettate il bonifico?
      `,
    ],
  },
  {
    from: "giulia-morandi",
    subject: "Il purificatore fischia a velocità 2",
    tags: ["hardware", "purify", "it"],
    turns: [
      customer(21 * H)`
        Solo alla 2. Alla 1 e alla 3 è silenzioso. Vi mando una registrazione, così sentite anche voi.
      `,
      agent("jonas", 19 * H)`
        Grazie della registrazione: è il cuscinetto, si sente bene. Le mandiamo il ventilatore nuovo, si cambia con
        una vite. Mi conferma l'indirizzo di Parma?
      `,
      note("jonas", 19 * H - 5)`Ricambio P-33, spedito senza restituzione.`,
      pending(19 * H - 6),
    ],
  },
  {
    from: "studio-ferri",
    subject: "Dati persi dal 3 al 5 ottobre",
    priority: "high",
    tags: ["data", "bug", "it"],
    turns: [
      customer(3 * D + 5 * H)`
        Nel grafico c'è un buco di due giorni. Il dispositivo era acceso e collegato. Per noi quei dati servono a
        una perizia.
      `,
      agent("aiko", 3 * D)`
        Il dispositivo li ha in memoria e li ha rispediti ieri; l'elaborazione era ferma per un nostro errore. Il
        grafico ora è completo, controlli pure.
      `,
      note("aiko", 3 * D - 10)`Partizione 7, rielaborata. Altri 41 clienti coinvolti, avvisati.`,
      customer(2 * D + 20 * H)`Confermo, c'è tutto. Grazie per la chiarezza.`,
      closed(2 * D),
    ],
  },
  {
    from: "giulia-morandi",
    subject: "Codice sconto non valido",
    priority: "low",
    tags: ["sales", "it"],
    turns: [
      customer(22 * D)`ARIA10 mi dà errore.`,
      agent("pedro", 21 * D + 21 * H)`Valeva fino a domenica, ma glielo riattivo per oggi. Buon acquisto!`,
      resolved(21 * D + 20 * H),
    ],
  },
];
