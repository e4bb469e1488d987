import { AuditError } from '@slm-audit/core/reader'

/** A policy to start from. */
interface Preset {
  /** What it is for, in a sentence. */
  readonly says: string
  /** Where its rules come from. */
  readonly sources: readonly string[]
  /** What stands behind the head of the file. */
  readonly body: string
}

const SECRETS = '      - { detectors: secrets, operator: remove }'

/** Policies to start from, by name. They are a beginning: which rules an application needs, its people decide. */
export const PRESETS: { readonly [name: string]: Preset } = {
  minimal: {
    says: 'everything is recorded, but secrets',
    sources: ['Kubernetes audit policy, audit.k8s.io/v1: first match wins'],
    body: `rules:
  # The first rule that matches a call decides. Rules for some calls stand above the last:
  # - name: health
  #   level: None
  #   match: { tags: { area: health } }
  - name: rest
    level: RequestResponse
    redact:
${SECRETS}
`
  },
  debug: {
    says: 'for development: everything of dev and eval, facts alone of the rest',
    sources: ['Kubernetes audit policy, audit.k8s.io/v1: levels'],
    body: `rules:
  - name: development
    level: RequestResponse
    match: { phases: [dev, eval] }
  - name: rest
    level: Metadata
`
  },
  'personal-data': {
    says: 'people stay the same in a log, and are not named',
    sources: [
      'GDPR (EU) 2016/679, Article 5(1)(c) data minimisation, 25(1) and 32(1)(a) pseudonymisation'
    ],
    body: `# Names are found by a list:
# detectors:
#   - { id: staff, words: [Ada Lovelace] }
rules:
  - name: personal
    level: RequestResponse
    redact:
${SECRETS}
      - { detectors: [email, phone], operator: pseudonym }
      - { detectors: [iban, payment-card], operator: mask, keep: 4 }
      - { detectors: [national-id, ip-address], operator: remove }
    capture: { reasoning: drop, logprobs: drop, media: digest }
`
  },
  payment: {
    says: 'no card number is stored in full, and no call is made without a record',
    sources: [
      'PCI DSS 4.0.1, 3.4.1 (a number that is shown has at most its beginning and its last four digits)',
      'PCI DSS 4.0.1, 10.2.1 and 10.2.2 (what is logged of each event), 10.5.1 (twelve months)'
    ],
    body: `rules:
  - name: tools-of-payment
    level: RequestResponse
    match: { tools: [charge*, refund*, pay*] }
    mode: blocking-strict
    redact:
${SECRETS}
      - { detectors: payment-card, operator: mask, keep: 4 }
      - { detectors: [iban, national-id], operator: remove }
    retention: payment
  - name: rest
    level: RequestResponse
    redact:
${SECRETS}
      - { detectors: payment-card, operator: mask, keep: 4 }
      - { detectors: [iban, national-id], operator: remove }
    retention: payment
`
  },
  health: {
    says: 'identifiers of patients are removed, and dates are years',
    sources: [
      'HIPAA, 45 CFR 164.514(b)(2): identifiers that are removed; names and places need a list of words',
      'HIPAA, 45 CFR 164.312(b): audit controls'
    ],
    body: `# Names of people and places are found by lists:
# detectors:
#   - { id: patients, words: [Ada Lovelace] }
rules:
  - name: patients
    level: RequestResponse
    redact:
${SECRETS}
      - { detectors: personal, operator: remove }
      - { detectors: date, operator: generalise }
    capture: { reasoning: drop, logprobs: drop, media: drop }
    retention: health
`
  },
  'eu-ai-act': {
    says: 'every call leaves a record before it is made, with what was asked and answered',
    sources: [
      'Regulation (EU) 2024/1689, Article 12 (record-keeping), 19 and 26(6) (at least six months)',
      'Regulation (EU) 2024/1689, Article 10(5) and Article 2(7): data protection law stays as it is'
    ],
    body: `rules:
  - name: high-risk
    level: RequestResponse
    match: { tags: { risk: high } }
    mode: blocking-strict
    redact:
${SECRETS}
    retention: six-months
  - name: rest
    level: RequestResponse
    redact:
${SECRETS}
      - { detectors: [email, phone], operator: pseudonym }
    retention: six-months
`
  }
}

/** The file of a preset. Throws AuditError `bad_option` for an unknown name. */
export function presetText(name: string): string {
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined
  if (preset === undefined) {
    const known = Object.keys(PRESETS).join(', ')
    throw new AuditError('bad_option', `there is no preset ${name}; known are ${known}`)
  }
  const { says, sources, body } = preset
  const head = [
    `# ${name}: ${says}.`,
    '# A beginning, after:',
    ...sources.map((one) => `# - ${one}`)
  ]
  const next =
    '# Check it with: slm-audit policy check FILE; docs/guide/policy.md says what rules can say.'
  return `${head.join('\n')}\n${next}\napiVersion: slm-audit/v1\nkind: AuditPolicy\nname: ${name}\n${body}`
}
