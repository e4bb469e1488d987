import { nearestName } from '../../base/check-options.ts'
import { FIELD_NAMES, FIELDS, type FieldName, STAGES } from './fields.ts'

/** Every name that a field is known by, in lower case without hyphens. */
const KNOWN = new Map<string, FieldName>()
for (const field of FIELD_NAMES) {
  const { aliases = [] }: { readonly about: string; readonly aliases?: readonly string[] } =
    FIELDS[field]
  for (const name of [field, ...aliases]) KNOWN.set(plain(name), field)
}

/** The field that a name stands for, however it is spelt: `errorType`, `error-type`, `ERROR`. */
export function fieldNamed(name: string): FieldName | undefined {
  return KNOWN.get(plain(name))
}

/** Kinds of annotations that a filter may name like a field. */
const ANNOTATIONS = ['feedback', 'review', 'evaluation', 'incident', 'ticket', 'guardrail', 'label']

/** The kind of annotations that a name stands for: `incident:INC-7`. */
export function annotationNamed(name: string): string | undefined {
  const typed = plain(name)
  return ANNOTATIONS.find((each) => each === typed)
}

/** The name of a field that was probably meant. */
export function nearestField(name: string): string | undefined {
  const near = nearestName(plain(name), [...KNOWN.keys()])
  return near === undefined ? undefined : KNOWN.get(near)
}

/** The stage that a word stands for: `open` is `received`. */
export function stageNamed(word: string): string | undefined {
  const typed = word.toLowerCase()
  if (typed === 'open') return 'received'
  return STAGES.find((stage) => stage === typed)
}

/** The stage that was probably meant. */
export function nearestStage(word: string): string | undefined {
  return nearestName(word, [...STAGES, 'open'])
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '')
}
