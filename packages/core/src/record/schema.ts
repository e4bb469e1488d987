import { z } from 'zod'
import type { Field, Fields, ScalarKind, Shape } from './fields/field.ts'
import { isId, isLabel, isName, pathOf, titleOf } from './fields/names.ts'
import { RECORD_FIELDS } from './fields/record-fields.ts'
import type { AuditRecord } from './record.ts'
import { splitFacts, splitMeasures } from './split-facts.ts'

/** Versions of a record's schema that are read. */
export type SchemaVersion = AuditRecord['schema']

/**
 * The zod schema of a table of fields: unknown members are refused. In version 1 names, ids and settings were any
 * text, and a context had any member.
 */
export function schemaOf(fields: Fields, version: SchemaVersion = 2): z.ZodObject {
  const members = Object.entries(fields).map(([name, field]) => {
    const schema = shapeSchema(name === 'schema' ? versionOf(version) : field, version)
    const described = schema.describe(field.says)
    return [name, field.isNeeded ? described : described.optional()]
  })
  return z.strictObject(Object.fromEntries(members) as { [name: string]: z.ZodType })
}

function versionOf(version: SchemaVersion): Shape {
  return { is: 'word', of: [version] }
}

function shapeSchema(shape: Shape, version: SchemaVersion): z.ZodType {
  switch (shape.is) {
    case 'word':
      return z.literal(shape.of)
    case 'list':
      return z.array(shapeSchema(shape.of, version))
    case 'map':
      return z.record(z.string(), shapeSchema(shape.of, version))
    case 'group': {
      if (version === 1 && shape.isAnyIn1) return z.json()
      const group = schemaOf(shape.of, version)
      return version === 1 && shape.isOpenIn1 ? group.catchall(z.json()) : group
    }
    default:
      return version === 1 ? (LOOSE[shape.is] ?? SCALARS[shape.is])() : SCALARS[shape.is]()
  }
}

const text = () => z.string()
const json = () => z.json()
const anyObject = () => z.record(z.string(), z.json())
const digest = /^[0-9a-f]{64}$/

const SCALARS: { readonly [Kind in ScalarKind]: () => z.ZodType } = {
  text,
  name: () => z.string().max(128).refine(isName, 'is not an identifier'),
  label: () => z.string().max(130).refine(isLabel, 'is not the name of a class'),
  id: () => z.string().max(256).refine(isId, 'is not an identifier'),
  title: () =>
    z
      .string()
      .max(200)
      .refine((title) => titleOf(title) === title, 'is not the name of a model or a file'),
  path: () =>
    z
      .string()
      .max(1_000)
      .refine((path) => !pathOf(path, undefined).includes('?'), 'is not a path of an interface'),
  count: () => z.int().nonnegative(),
  number: () => z.number(),
  measure: () => z.number().nonnegative(),
  flag: () => z.boolean(),
  digest: () => z.string().regex(digest),
  instant: () => z.iso.datetime({ precision: 3 }),
  facts: () =>
    anyObject().refine((given) => !splitFacts(given).texts, 'has more than listed facts'),
  measures: () => json().refine((given) => !splitMeasures(given).texts, 'has more than numbers'),
  json
}

/** What a kind was before headers had a rule for it. */
const LOOSE: { readonly [Kind in ScalarKind]?: () => z.ZodType } = {
  name: text,
  label: text,
  id: text,
  title: text,
  path: text,
  facts: anyObject,
  measures: json
}

/**
 * One audit record: the canonical header that is a leaf of the log. See docs/record-format.md. Records of schema 1,
 * which older versions wrote, are valid for ever.
 */
export const auditRecordSchema = z.union([
  schemaOf(RECORD_FIELDS, 2),
  schemaOf(RECORD_FIELDS, 1)
]) as unknown as z.ZodType<AuditRecord>

/** The JSON Schema (draft 2020-12) of an audit record, by its version; the one that is written unless given. */
export function auditRecordJsonSchema(version: SchemaVersion = 2): object {
  return {
    $id: `https://slm-audit.dev/schema/record-${version}.json`,
    title: 'slm-audit record',
    ...z.toJSONSchema(schemaOf(RECORD_FIELDS, version))
  }
}

/** A field of a record by its path, such as `call.model`; `undefined` where the table has none. */
export function fieldAt(path: string, fields: Fields = RECORD_FIELDS): Field | undefined {
  const [name = '', ...rest] = path.split('.')
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field === undefined || rest.length === 0) return field
  return field.is === 'group' ? fieldAt(rest.join('.'), field.of) : undefined
}
