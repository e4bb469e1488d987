import { isObject, joinMembers } from '../base/json.ts'
import { ANNOTATION_KINDS, type AnnotationKind } from '../record/annotation.ts'
import type { AuditRecord } from '../record/record.ts'
import type { SealedRecord } from '../record/sealed-record.ts'
import type { CallAnnotation } from './call-annotation.ts'
import { readContent } from './read-content.ts'

/** Members of a part of an annotation that say what it comes to. */
const VERDICTS = [
  'verdict',
  'decision',
  'outcome',
  'action',
  'label',
  'value',
  'name',
  'id',
  'type'
]

/** The annotation of a record, of which `header` is the header; `undefined` for a record of another kind. */
export function readAnnotation(
  { index, contents }: Pick<SealedRecord, 'index' | 'contents'>,
  header: AuditRecord
): CallAnnotation | undefined {
  if (header.kind !== 'annotation') return undefined
  const rest = contents.find(({ name }) => name === 'header.event')
  const whole = joinMembers(header.event ?? {}, rest && readContent(rest))
  const { kinds: _, ...says } = isObject(whole) ? whole : {}
  const { auditId, at } = header
  return { auditId, index, at, kinds: kindsIn(header), says }
}

/** What kinds of things an annotation says: as its header lists or names them. */
export function kindsIn({ kind, event }: AuditRecord): AnnotationKind[] {
  if (kind !== 'annotation') return []
  const { kinds, type } = event ?? {}
  const listed: readonly unknown[] = Array.isArray(kinds) ? kinds : []
  return ANNOTATION_KINDS.filter(
    (each) => listed.includes(each) || event?.[each] !== undefined || type === each
  )
}

/** By what names an annotation is found: the kinds of things that it says, and its members that filters can test. */
export function annotationNames(header: AuditRecord): string[] {
  if (header.kind !== 'annotation') return []
  const names = Object.keys(header.event ?? {}).filter((name) => name !== 'kinds')
  return [...new Set([...kindsIn(header), ...names])]
}

/** The values that an annotation has by the kinds they are of, as its header holds them: `incident`, `INC-7`. */
export function annotationValues({ kind, event }: AuditRecord): [name: string, value: string][] {
  if (kind !== 'annotation') return []
  return Object.entries(event ?? {}).flatMap(([name, value]) =>
    name === 'kinds' ? [] : wordsIn(value).map((word) => [name, word] as [string, string])
  )
}

/** The scores that an annotation gives, by their names: those under `score`, and other numbers. */
export function annotationScores({ kind, event }: AuditRecord): [name: string, score: number][] {
  if (kind !== 'annotation') return []
  return Object.entries(event ?? {}).flatMap(([name, value]) => {
    if (typeof value === 'number') return [[name, value] as [string, number]]
    if (!isObject(value) || !/^scores?$/.test(name)) return []
    return Object.entries(value).flatMap(([each, score]) =>
      typeof score === 'number' ? [[each, score] as [string, number]] : []
    )
  })
}

/**
 * An annotation in one line: `score helpful 0.4 · incident INC-7 · note The price is wrong.` Of `kinds`, what kinds of
 * things it says, those of which nothing is there, as it was erased or is not to be seen, are named: `note (not here)`.
 */
export function annotationText(
  says: { readonly [name: string]: unknown },
  kinds: readonly AnnotationKind[] = []
): string {
  const order = (name: string) => {
    const at = (ANNOTATION_KINDS as readonly string[]).indexOf(name)
    return at < 0 ? ANNOTATION_KINDS.length : at
  }
  const gone = kinds.filter((kind) => says[kind] === undefined)
  return [...Object.entries(says), ...gone.map((kind) => [kind, '(not here)'] as const)]
    .filter(([name]) => name !== 'kinds')
    .sort(([one], [other]) => order(one) - order(other))
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(' · ')
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(', ')
  if (!isObject(value)) return String(value)
  return Object.entries(value)
    .map(([name, each]) => `${name} ${shown(each)}`)
    .join(', ')
}

function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)]
  if (Array.isArray(value)) return value.flatMap(wordsIn)
  if (!isObject(value)) return []
  return VERDICTS.flatMap((name) => {
    const word = value[name]
    return typeof word === 'string' ? [word] : []
  })
}
