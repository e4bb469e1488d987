import { DETECTOR_GROUPS, DETECTORS } from '../protect/detectors.ts'
import { OPERATORS } from '../protect/operators.ts'
import { CAPTURED, CAPTURES, LEVELS, MODES } from './policy-document.ts'

const text = (description: string) => ({ type: 'string', minLength: 1, description })
const word = (of: readonly string[], description: string) => ({ enum: of, description })
const object = (properties: object, required: readonly string[], description?: string) => ({
  type: 'object',
  ...(description && { description }),
  properties,
  required,
  additionalProperties: false
})
const seconds = (least: number, description: string) => ({
  type: 'number',
  minimum: least,
  maximum: 604_800,
  description
})

const redactStep = object(
  {
    detectors: {
      type: 'array',
      items: { type: 'string' },
      description: `Names of detectors, such as ${DETECTORS[0]?.id}, in a policy's own words also groups: ${DETECTOR_GROUPS.join(', ')}.`
    },
    operator: word(OPERATORS, 'What becomes of a value; remove where it is absent.'),
    keep: {
      type: 'integer',
      minimum: 0,
      maximum: 8,
      description: 'How many of the last letters and digits mask keeps.'
    }
  },
  ['detectors']
)

const review = object(
  {
    reason: text('Why, for the person who decides.'),
    waitSeconds: seconds(0, 'How long a call waits for the decision.'),
    expiresSeconds: seconds(1, 'How long a review and its approval count.')
  },
  [],
  'A person has to approve the call; absent where none has to.'
)

const capture = object(
  Object.fromEntries(
    CAPTURED.map((name) => [
      name,
      { enum: name === 'systemState' ? ['keep', 'drop'] : [...CAPTURES] }
    ])
  ),
  [],
  'What becomes of kinds of content; keep unless named.'
)

/**
 * What a policy decides about a call, as JSON Schema (draft 2020-12): what `slm-audit policy explain --json` prints as
 * `outcome`. A module that a rule has outcomes from, as one in Rego, gives the same; of its members `level` alone is
 * needed, and `failed` is not for it to say.
 */
export const OUTCOME_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Outcome of a policy',
  ...object(
    {
      rule: {
        type: 'string',
        pattern: '^\\w[\\w.-]{0,63}$',
        description: 'The name of the rule that decided; it stands on the records.'
      },
      level: word(LEVELS, 'How much of the call is recorded.'),
      omitsReceived: {
        type: 'boolean',
        description: "Whether the record of the call's start is left out."
      },
      capture,
      redact: {
        type: 'array',
        items: redactStep,
        description:
          'What is looked for, and what becomes of it; the first that finds a value has it.'
      },
      retention: text('Name of a class of retention.'),
      mode: word(MODES, 'Who waits for the records; as the log says where it is absent.'),
      deny: text('Why the call is refused; absent where it may be made.'),
      review,
      failed: text('Why the rule could not be evaluated: headers alone are recorded.')
    },
    ['level']
  )
} as const
