// Texts in seven languages with values in them that detectors must find, and texts that they must leave alone.
import { newRandom, type Random } from './random.ts'
import { PHONES, VALUES } from './values.ts'

/** A text, and what stands in it. */
export interface LabelledText {
  readonly language: string
  readonly text: string
  /** What is to be found: the detector, and the value. */
  readonly values: readonly (readonly [detector: string, value: string])[]
}

/** Sentences around a value, by language; `{}` is the value. */
const SENTENCES: { readonly [language: string]: readonly string[] } = {
  en: [
    'You can reach me at {} after lunch.',
    'Please use {}, thanks!',
    'My details: {}; tell nobody.'
  ],
  de: [
    'Sie erreichen mich unter {} nach dem Essen.',
    'Bitte nehmen Sie {}, danke!',
    'Meine Angaben: {}; bitte vertraulich.'
  ],
  fr: [
    "Vous pouvez me joindre au {} l'après-midi.",
    'Merci de prendre {}, s’il vous plaît.',
    'Mes coordonnées : {} ; restez discret.'
  ],
  es: [
    'Puede localizarme en {} por la tarde.',
    'Use {}, por favor.',
    '¿Mis datos? {}; no los comparta.'
  ],
  pt: [
    'Pode falar comigo em {} à tarde.',
    'Use {}, por favor.',
    'Meus dados: {}; não compartilhe.'
  ],
  zh: ['请用 {} 联系我。', '我的资料是 {} ，谢谢。', '请记录： {} 。'],
  hi: ['आप मुझसे {} पर संपर्क कर सकते हैं।', 'कृपया {} लिखें, धन्यवाद।', 'मेरा विवरण: {} है।']
}

/** Words that stand before an id that is digits alone. */
const BEFORE: { readonly [detector: string]: string } = { 'de-tax-id': 'Steuer-ID ' }

/** Sentences with numbers and words that are nothing of anybody's. */
const HARMLESS: { readonly [language: string]: readonly ((random: Random) => string)[] } = {
  en: [
    (r) =>
      `Order ${r.digits(4)}-${r.digits(4)}-${r.digits(6)} left on 2024-0${1 + (Number(r.digits(1)) % 9)}-12.`,
    (r) => `The build ${r.text('0123456789abcdef', 40)} took ${r.digits(5)} ms.`,
    (r) =>
      `Version ${r.digits(1)}.${r.digits(2)}.${r.digits(1)}.${r.digits(1)} needs ${r.digits(2)} GB.`,
    () => 'A password is a secret that nobody else knows; choose a long one.'
  ],
  de: [
    (r) => `Rechnung RE-${r.digits(6)} über 1.${r.digits(3)},00 € vom 12.03.2024.`,
    (r) => `Artikel ${r.digits(8)} in Größe ${r.digits(2)}, Seite ${r.digits(3)} von 980.`
  ],
  fr: [
    (r) => `Commande n° ${r.digits(7)} du 12/03/2024 pour 1 ${r.digits(3)},50 €.`,
    (r) => `Il reste ${r.digits(3)} places sur 1 200, soit ${r.digits(2)},${r.digits(1)} %.`
  ],
  es: [
    (r) => `Pedido ${r.digits(8)} del 12/03/2024 por 1.${r.digits(3)},50 €.`,
    () => 'La contraseña es secreta; elija una larga.'
  ],
  pt: [
    (r) => `Pedido ${r.digits(8)} de 12/03/2024 por R$ 1.${r.digits(3)},50.`,
    () => 'A senha é secreta; escolha uma longa.'
  ],
  zh: [(r) => `订单 ${r.digits(8)} 于 2024-03-12 发货，共 ${r.digits(3)} 件。`],
  hi: [(r) => `आदेश ${r.digits(8)} 12/03/2024 को भेजा गया, कुल ${r.digits(3)} वस्तुएँ।`]
}

/** The set: the same in each run. `count` texts of each kind of value, and as many harmless ones in each language. */
export function labelledSet(count: number, seed = 1): LabelledText[] {
  const random = newRandom(seed)
  const texts: LabelledText[] = []
  const languages = Object.keys(SENTENCES)
  const add = (language: string, detector: string, value: string) => {
    const sentence = random.pick(SENTENCES[language] ?? ['{}'])
    const text = sentence.replace('{}', () => `${BEFORE[detector] ?? ''}${value}`)
    texts.push({
      language,
      text,
      values: [
        [detector, value.replace(/^[^\d+(]*(?=1)/, (words) => (detector === 'phone' ? '' : words))]
      ]
    })
  }
  for (const [detector, make] of Object.entries(VALUES)) {
    for (let at = 0; at < count; at++)
      add(languages[at % languages.length] ?? '', detector, make(random))
  }
  for (const [language, make] of Object.entries(PHONES)) {
    for (let at = 0; at < count; at++) add(language, 'phone', make(random))
  }
  for (const [language, makers] of Object.entries(HARMLESS)) {
    for (let at = 0; at < count * 2; at++) {
      texts.push({ language, text: random.pick(makers)(random), values: [] })
    }
  }
  return texts
}
