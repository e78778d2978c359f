/* The words of the digit reader in French; the English ones stand at the top of reader.js. */
(function () {
  "use strict";

  const { format, percent } = window.course.shared;

  const reader = {
    pair: (name, value) => `${name} : ${value}`,
    paper: "Feuille où dessiner un chiffre",
    keys: "Dessinez à la souris, au doigt ou au stylet. Ou bien au clavier : les flèches déplacent le crayon, la barre d’espace le pose et le lève.",
    penDown: "Le crayon est posé.",
    penUp: "Le crayon est levé.",
    undo: "Annuler",
    clear: "Effacer",
    open: "Ouvrir une image",
    width: "crayon",
    drop: "Vous pouvez aussi déposer une image ici, ou en coller une.",
    loading: (kilobytes) => `Chargement du réseau (${format(kilobytes)} ko) …`,
    failed: "Les poids du réseau n’ont pas pu être chargés : il ne peut pas répondre. Le dessin et sa préparation fonctionnent quand même.",
    damaged: "Les poids du réseau sont arrivés abîmés : il ne peut pas répondre. Le dessin et sa préparation fonctionnent quand même.",
    again: "Réessayer",
    opening: (name) => `Ouverture de ${name} …`,
    notImage: (name) => `${name} n’est pas une image que je sais ouvrir ; essayez un PNG ou un JPEG.`,
    tooLarge: (name) => `${name} est trop grand pour moi. Recadrez sur le chiffre, et recommencez.`,
    noImagePasted: "Il n’y a pas d’image dans ce que vous avez collé. Copiez une image, et recommencez.",
    noImageDropped: "Il n’y a pas d’image dans ce que vous avez déposé. Déposez un fichier d’image.",
    start: "Dessinez un chiffre.",
    empty: "L’image est vide : je n’y vois pas d’encre.",
    wait: "Je ne peux pas encore répondre.",
    read: (digit) => `Je lis un ${digit}.`,
    unsure: (digit, other) => `Je ne suis pas sûr. Peut-être un ${digit}, ou un ${other}.`,
    noDigit: "Cela ne ressemble pas à un chiffre.",
    why: {
      start: "Grand ou petit, fin ou épais, n’importe où sur la feuille.",
      read: ({ limit, acceptedRight, lettersPassed, letters }) =>
        `Le réseau lui donne au moins ${percent(limit)} %. Parmi les chiffres de test qui atteignent ce seuil, ${format(acceptedRight, 1)} % sont lus correctement. Mais ${lettersPassed} des ${letters} lettres majuscules l’atteignent aussi.`,
      unsure: ({ limit, digitsRefused, mistakesRefused }) =>
        `Aucun chiffre n’atteint ${percent(limit)} %. C’est le cas pour ${format(digitsRefused, 1)} % des chiffres de test, et pour ${format(mistakesRefused)} % de ceux qui sont mal lus.`,
      noDigit: ({ limit, digitsRefused, lettersPassed, letters }) =>
        `Aucun chiffre n’atteint ${percent(limit)} %. C’est le cas pour ${format(digitsRefused, 1)} % des chiffres de test, et pour ${letters - lettersPassed} des ${letters} lettres majuscules.`,
    },
    rightLabel: (label) => `Une image de test. Son étiquette indique aussi ${label}.`,
    wrongLabel: (label) => `Une image de test. Son étiquette indique ${label} : c’est donc une erreur.`,
    refusedLabel: (label, digit) =>
      `Une image de test. Son étiquette indique ${label} ; la plus grande probabilité est celle du ${digit}.`,
    probabilities: "Dix probabilités",
    bar: (digit, share) => `${digit} : ${share}. Montrer ce qui parle en faveur d’un ${digit}.`,
    share: (share) =>
      share < 0.001 ? "< 0,1 %" : share > 0.999 ? "> 99,9 %" : `${percent(share)} %`,
    pixels: "Ce que reçoit le réseau",
    pixelsNote: "28 × 28 pixels",
    hidden: (layer) => `Couche cachée ${layer}`,
    active: (count) => `${count} des 512 neurones ${count > 1 ? "sont actifs" : "est actif"}`,
    shares: (digit) => `Ce qui parle en faveur d’un ${digit}`,
    sharesAtRest: "Ce qui parle en sa faveur",
    sharesNote: "bleu : pour, orange : contre",
    samples: "Partir d’une image de test",
    sample: (number, label) => `Image de test ${number}, un ${label} d’après son étiquette`,
    mistakes: "Les dernières sont mal lues.",
    changes: "La modifier",
    sliders: {
      right: "vers la droite",
      down: "vers le bas",
      turn: "rotation",
      thicker: "épaisseur",
      noise: "bruit",
    },
    asItWas: "Comme avant",
    speed: (answer, both) =>
      `Sur cet appareil, une réponse prend ${format(answer, 1)} ms, et ${format(both, 1)} ms avec ce qui parle en sa faveur. Rien de ce que vous dessinez ou ouvrez ne quitte cet appareil.`,
    spoken: (verdict, share) => `${verdict} ${share}`,
  };

  const shared = { point: ",", thousands: "\u202f" }; // as in explore/fr.js, which this page does without
  window.course = { ...window.course, text: { reader, shared } };
})();
