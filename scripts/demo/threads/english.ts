import { agent, closed, customer, D, H, note, pending, resolved, type Thread } from "../thread.ts";

export const english: readonly Thread[] = [
  {
    from: "hanna-lindqvist",
    subject: "Sensor shows 65535 µg/m³ since last night's update",
    priority: "urgent",
    tags: ["hardware", "firmware", "en"],
    turns: [
      customer(3 * H)`
        Since firmware 4.2 installed itself last night, my Tidewell One in the nursery shows 65535 µg/m³ and will
        not stop beeping. We have a six-month-old. I unplugged it, plugged it in again, same thing. Is the air
        really that bad?
      `,
      agent("mara", 2 * H + 41)`
        Hello Hanna, the air is fine: 65535 is what the particle sensor sends when its fan does not turn. Please
        hold the button for twelve seconds until the ring turns white, and tell me what it shows after a minute.
      `,
      note("mara", 2 * H + 38)`Third one today with 4.2 and a serial below B4000. Told the firmware team.`,
      customer(96)`White ring, then 12 for a moment, then 65535 again.`,
      note("jonas", 71)`4.2.1 fixes the fan start. Staged to 5 % since noon; her device can be added by hand.`,
    ],
  },
  {
    from: "olu-adeyemi",
    subject: "Where is my order?",
    tags: ["shipping", "en"],
    turns: [customer(17)`Ordered a Mini nine days ago, tracking still says "label created". Thanks!`],
  },
  {
    from: "greenway-schools",
    subject: "Quote for 140 classrooms",
    priority: "high",
    tags: ["sales", "education", "en"],
    turns: [
      customer(2 * D + 4 * H)`
        Good morning. Our district wants CO₂ monitoring in 140 classrooms in nine buildings before the winter term.

        We need:

        1. a quote for 140 Tidewell One, with and without the five-year plan;

        2. a statement on which data leaves the building, and where it is stored;

        3. wall mounts that children of ten cannot open;

        4. one dashboard per school and one for the district office.

        Our board meets on the 14th and would like to see two references of a similar size. Kind regards, Denise
        Park, Facilities
      `,
      agent("lea", D + 22 * H)`
        Dear Denise, thank you: that is a list one can work with. The quote follows today. For the second point,
        please see the attached data sheet: readings stay in the region that you choose, and nothing that names a
        person is sent at all.
      `,
      note("lea", D + 21 * H)`Volume price from 100 up. References: the two districts in Oregon agreed to be named.`,
      pending(D + 21 * H - 5),
    ],
  },
  {
    from: "sam-whitlock",
    subject: "Charged twice in March",
    priority: "high",
    tags: ["billing", "en"],
    turns: [
      customer(6 * D)`My card was charged 39.90 twice on the 3rd. I have one Plus plan, not two.`,
      agent("pedro", 5 * D + 20 * H)`
        Sorry, Sam. The first payment timed out on our side and was sent again. The second one is on its way back to
        you; banks take three to five days.
      `,
      resolved(5 * D + 19 * H),
      customer(5 * H)`Six days later and still nothing. My bank sees no refund at all.`,
      note("pedro", 4 * H)`The refund failed: the card was replaced. Needs a bank transfer, asked finance.`,
    ],
  },
  {
    from: "bitforge",
    subject: "Webhook signatures do not match when the body has an emoji",
    priority: "high",
    tags: ["api", "webhooks", "bug", "en"],
    turns: [
      customer(28 * H)`
        We verify X-Tidewell-Signature. It works for every event, except when a room is called "Kitchen 🍳". Our
        code: hmac_sha256(secret, body.decode("latin-1")). Is the signature over characters or bytes?
      `,
      agent("aiko", 26 * H)`
        It is over the raw bytes of the body, as they come. Decoding as Latin-1 changes every character above
        U+00FF; use the bytes before any decoding.
      `,
      customer(25 * H)`That was it. Two days of my life, one emoji. 🙏`,
      agent("aiko", 25 * H - 12)`Happy to hear it. The page on webhooks now says "bytes" in bold.`,
      resolved(25 * H - 15),
    ],
  },
  {
    from: "priya-nair",
    subject: "Export to CSV",
    priority: "low",
    tags: ["app", "question", "en"],
    turns: [
      customer(9 * D)`Is there a way to get last year's readings into a spreadsheet?`,
      agent("mara", 8 * D + 22 * H)`
        Yes: Room → ⋯ → Export. With Plus it goes back five years, without it thirty days.
      `,
      customer(8 * D + 21 * H)`Found it, thanks.`,
      closed(4 * D),
    ],
  },
  {
    from: "theo-brandt",
    subject: "Feature request: dark mode for the e-paper display",
    priority: "low",
    tags: ["idea", "en"],
    turns: [customer(11 * D)`The Mini is on my nightstand. White on black would be lovely. No hurry.`],
  },
  {
    from: "harbour-clinic",
    subject: "All twelve devices offline after our Wi-Fi change",
    priority: "urgent",
    tags: ["connectivity", "business", "en"],
    turns: [
      customer(52)`
        IT replaced the access points this morning, and since then none of our twelve monitors reports. We are
        required to log CO₂ in the waiting rooms. Same network name, same password.
      `,
      agent("jonas", 44)`
        I see all twelve dropping off at 07:12. Do the new access points use WPA3 only? The devices need WPA2 or the
        mixed mode.
      `,
      customer(31)`WPA3 only, yes. Mixed mode is not allowed here. What else can we do?`,
      note("jonas", 26)`WPA3 comes with firmware 4.3, in beta. Ask Lea whether a clinic may have a beta.`,
    ],
  },
  {
    from: "noor-haddad",
    subject: "Gift arrived broken",
    tags: ["returns", "shipping", "en"],
    turns: [
      customer(20 * H)`
        The glass of the Purify was cracked when my sister opened it. It was a birthday present. Here is the order
        number: TW-20418.
      `,
      agent("pedro", 18 * H)`
        What a pity, and on a birthday. A new one leaves tomorrow by express. Could you send a photo of the box, so
        that the carrier pays and not you?
      `,
      pending(18 * H - 2),
    ],
  },
  {
    from: "dmitri-k",
    subject: "Delete my account and all data",
    tags: ["privacy", "account", "en"],
    turns: [
      customer(4 * D)`Under the GDPR, please erase everything that you hold about me.`,
      agent("lea", 3 * D + 20 * H)`
        Done: your readings are erased, your account is closed, and the invoices stay for as long as the tax law
        asks. You get the confirmation by mail.
      `,
      note("lea", 3 * D + 20 * H - 6)`Identity was checked by the link. Reference E-118.`,
      closed(3 * D + 19 * H),
    ],
  },
  {
    from: "mei-robinson",
    subject: "Humidity differs by 9 % from my other hygrometer",
    tags: ["hardware", "accuracy", "en"],
    turns: [
      customer(7 * H)`Which of the two is right?`,
      agent("mara", 6 * H + 15)`
        A fair question! Put both in a closed bag with a tablespoon of damp salt for eight hours: the air in there
        has 75 %. Whichever shows 73 to 77 is right.
      `,
      pending(6 * H + 14),
    ],
  },
  {
    from: "bitforge",
    subject: "Rate limit of GET /v2/readings",
    priority: "low",
    tags: ["api", "question", "en"],
    turns: [
      customer(13 * D)`The docs say 60 requests a minute. Per key or per account?`,
      agent("aiko", 12 * D + 23 * H)`
        Per key. If you need more, ask for several hours at once with from= and to=: one request can give 10,000
        readings.
      `,
      closed(9 * D),
    ],
  },
  {
    from: "carlo-jensen",
    subject: "Beeping at 3 a.m.",
    priority: "high",
    tags: ["app", "notifications", "en"],
    turns: [
      customer(9 * H)`
        It beeped at 3:04 because of CO₂ 1,410 ppm in the bedroom. I appreciate the concern, but I would rather
        sleep. How do I tell it to be quiet at night?
      `,
      agent("jonas", 8 * H)`
        Settings → Alerts → Quiet hours. The ring still glows, in a dim amber. And do open a window: 1,410 makes for
        a heavy head.
      `,
      customer(7 * H + 30)`Window open, quiet hours set, coffee in hand.`,
      resolved(7 * H + 20),
    ],
  },
  {
    from: "hanna-lindqvist",
    subject: "Second device for grandma",
    tags: ["account", "question", "en"],
    turns: [
      customer(16 * D)`Can my mother see the nursery in her own app without my password?`,
      agent("mara", 15 * D + 20 * H)`
        She can: Home → People → Invite. She gets her own login, and you choose which rooms she sees.
      `,
      closed(12 * D),
    ],
  },
];
