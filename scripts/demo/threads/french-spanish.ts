import { agent, closed, customer, D, H, note, pending, resolved, type Thread } from "../thread.ts";

export const frenchSpanish: readonly Thread[] = [
  {
    from: "camille-roussel",
    subject: "Le capteur affiche « -- » dans la chambre",
    tags: ["hardware", "fr"],
    turns: [
      customer(2 * H + 10)`
        Bonjour, depuis ce matin l'écran n'affiche que deux tirets pour le CO₂. L'humidité et la température sont
        normales.
      `,
      agent("lea", 95)`
        Bonjour Camille, deux tirets veulent dire que le capteur s'étalonne. Cela dure jusqu'à trois heures, fenêtre
        ouverte de préférence. Dites-moi si les tirets restent ce soir.
      `,
      pending(94),
    ],
  },
  {
    from: "mairie-de-valombre",
    subject: "Devis pour six écoles et une médiathèque",
    priority: "high",
    tags: ["sales", "education", "fr"],
    turns: [
      customer(D + 2 * H)`
        Madame, Monsieur, la commune souhaite équiper 48 salles de classe et la médiathèque. Pourriez-vous nous
        adresser un devis, avec le délai de livraison et les conditions de paiement par mandat administratif ?
      `,
      note("lea", D)`Paiement à 30 jours, dépôt obligatoire sur le portail de facturation. Voir avec Pedro.`,
    ],
  },
  {
    from: "yanis-belkacem",
    subject: "Remboursement toujours pas reçu",
    priority: "high",
    tags: ["billing", "returns", "fr"],
    turns: [
      customer(12 * D)`J'ai renvoyé l'appareil le 2. Où en est mon remboursement ?`,
      agent("pedro", 11 * D + 20 * H)`Bonjour, le colis est arrivé hier ; le virement part aujourd'hui.`,
      customer(3 * D + 2 * H)`Toujours rien sur mon compte, neuf jours plus tard. C'est long !`,
      agent("pedro", 3 * D)`
        Vous avez raison, et je m'en excuse : il manquait un chiffre à l'IBAN. Pourriez-vous me le renvoyer ?
      `,
      customer(2 * D + 23 * H)`C'est envoyé par le formulaire sécurisé.`,
      agent("pedro", 2 * D + 3 * H)`Virement parti à 10 h 40, vous l'aurez demain. Merci de votre patience.`,
      resolved(2 * D + 3 * H - 2),
    ],
  },
  {
    from: "sophie-tremblay",
    subject: "Livraison au Yukon ?",
    priority: "low",
    tags: ["shipping", "question", "fr"],
    turns: [
      customer(15 * D)`Livrez-vous à Dawson ? Votre site n'accepte pas mon code postal.`,
      agent("mara", 14 * D + 20 * H)`
        Oui, par la poste, en dix à quinze jours. Le formulaire est corrigé : votre code postal passe maintenant.
      `,
      closed(12 * D + 5 * H),
    ],
  },
  {
    from: "camille-roussel",
    subject: "Facture au nom de mon entreprise",
    tags: ["billing", "invoice", "fr"],
    turns: [customer(64)`Est-il possible de refaire la facture TW-R-9020 au nom de Roussel Conseil ? Merci d'avance.`],
  },
  {
    from: "jardin-des-simples",
    subject: "Le Mini peut-il rester dans une serre ?",
    tags: ["hardware", "question", "fr"],
    turns: [
      customer(4 * D + 6 * H)`Il y fait 35 °C l'été et 95 % d'humidité le matin.`,
      agent("mara", 4 * D + 2 * H)`
        La chaleur, oui. L'humidité, non : au-dessus de 90 % le capteur de particules se trompe, et la garantie ne
        couvre pas la condensation.
      `,
      customer(4 * D + H)`Réponse honnête, je l'installe donc dans l'atelier. 🌿`,
      resolved(4 * D + 55),
    ],
  },
  {
    from: "lucia-ferrer",
    subject: "No puedo cambiar el correo de mi cuenta",
    assignee: null,
    tags: ["account", "es"],
    turns: [
      customer(38)`
        Al confirmar el nuevo correo, la aplicación dice «El enlace ha caducado», aunque lo abro al minuto de
        recibirlo. Lo he probado cuatro veces.
      `,
      agent("pedro", 25)`
        Hola, Lucía. ¿Abre el enlace en el mismo teléfono en el que pidió el cambio? Con algunos filtros de correo,
        el enlace se abre solo y queda usado.
      `,
      customer(8)`Sí, en el mismo. Pero la empresa tiene un filtro de esos, ahora que lo dice.`,
    ],
  },
  {
    from: "panaderia-el-trigal",
    subject: "¿Sirve para medir la harina en el aire?",
    priority: "low",
    tags: ["sales", "question", "es"],
    turns: [
      customer(6 * D + 5 * H)`Tenemos un obrador pequeño y nos preocupan los pulmones del equipo.`,
      agent("lea", 6 * D)`
        Mide partículas desde 0,3 µm, y la harina las da de sobra. Es orientativo: para la inspección de trabajo
        hace falta un equipo certificado.
      `,
      resolved(6 * D - 10),
    ],
  },
  {
    from: "hotel-mirador",
    subject: "Cuarenta alarmas a la vez durante la noche",
    priority: "urgent",
    tags: ["notifications", "business", "es"],
    turns: [
      customer(6 * H)`
        A las 4:20 sonaron los avisadores de las cuarenta habitaciones. Los huéspedes bajaron en pijama a recepción.
        Necesito saber qué ha pasado y que no se repita esta noche.
      `,
      agent("jonas", 5 * H + 45)`
        Lo lamento de verdad. No fue el aire: a esa hora su punto de acceso reinició y los avisadores tomaron la
        falta de datos por un fallo. He desactivado ese aviso en todo el hotel.
      `,
      note("jonas", 5 * H + 40)`Aviso «sin datos» apagado para hotel-mirador hasta la 4.3. Llamar a las 18:00.`,
      customer(4 * H + 30)`Gracias por la rapidez. ¿Y la compensación a los huéspedes?`,
      note("lea", 4 * H)`Hasta un mes gratis puedo decidirlo yo. Más, con dirección.`,
    ],
  },
  {
    from: "tomas-aguirre",
    subject: "Cambio de dirección de entrega",
    tags: ["shipping", "es"],
    turns: [
      customer(26 * H)`Me mudo el viernes. ¿Pueden enviar el pedido TW-20510 a la nueva dirección?`,
      agent("mara", 25 * H)`Claro. Escríbame la dirección completa, con piso y puerta, antes de las 16:00.`,
      pending(25 * H - 1),
    ],
  },
  {
    from: "ximena-quispe",
    subject: "Integración con Home Assistant",
    tags: ["api", "question", "es"],
    turns: [
      customer(9 * D + 7 * H)`¿Hay una forma local de leer los datos, sin pasar por la nube?`,
      agent("aiko", 9 * D + 2 * H)`
        Sí: active «Red local» en los ajustes del aparato y use http://tidewell.local/readings. Se actualiza cada
        diez segundos.
      `,
      customer(9 * D)`¡Perfecto! Funciona a la primera.`,
      closed(6 * D + 3 * H),
    ],
  },
  {
    from: "lucia-ferrer",
    subject: "Cobro anual en vez de mensual",
    priority: "high",
    tags: ["billing", "es"],
    turns: [customer(11)`Elegí el plan mensual y me han cobrado 39,90 € de golpe. Quiero el mensual, por favor.`],
  },
];
