// packages/core/src/record/record.ts: the TypeScript types of a record, made from the table of its fields.
import type { Field, Fields, ScalarKind, Shape } from '../packages/core/src/record/fields/field.ts'
import { RECORD_FIELDS } from '../packages/core/src/record/fields/record-fields.ts'

const HEAD = `
/**
 * One audit record: the header that is a leaf of the log. Its contents (input, output, …) are kept
 * apart and committed to in \`log.contents\`. Absent means unknown; nothing is guessed.
 */
`

const TAIL = `
/** A record before the journal gave it its place in the log. */
export type UnplacedRecord = Omit<AuditRecord, 'log'>

/** Where a call stands. Every call ends in exactly one stage other than \`received\`. */
export type Stage = AuditRecord['stage']

/** Who ended a call that was cancelled or abandoned. */
export type EndedBy = NonNullable<Outcome['by']>
`

const TYPES: { readonly [Kind in ScalarKind]: string } = {
  text: 'string',
  name: 'string',
  label: 'string',
  id: 'string',
  title: 'string',
  path: 'string',
  count: 'number',
  number: 'number',
  measure: 'number',
  flag: 'boolean',
  digest: 'string',
  instant: 'string',
  facts: '{ readonly [name: string]: unknown }',
  measures: 'unknown',
  json: 'unknown'
}

const MADE = '// Made by `pnpm run generate` from the table of fields in ./fields.\n'

/** Members of a record whose types are in a module of their own, so that none is too long. */
const MODULES: { readonly [file: string]: readonly string[] } = {
  'answer-types.ts': ['response', 'confidence', 'reasoning', 'attempts', 'outcome', 'timing'],
  'request-types.ts': ['context', 'call', 'model']
}

/** The modules of types that follow from a table of fields, by file. */
export function recordTypes(fields: Fields = RECORD_FIELDS): { readonly [file: string]: string } {
  const files: { [file: string]: string } = {}
  const elsewhere = new Map<string, string>()
  const modules: (readonly [file: string, names: readonly string[]])[] = []
  for (const [file, members] of Object.entries(MODULES)) {
    const named = new Map<string, string>()
    const own = members.flatMap((name) => (fields[name] ? [[name, fields[name]] as const] : []))
    membersOf(Object.fromEntries(own), named, '')
    for (const name of named.keys()) elsewhere.set(name, '')
    modules.push([file, [...named.keys()].sort()])
    files[file] = `${MADE}${[...named.values()].join('')}`
  }
  const named = new Map(elsewhere)
  const record = `export interface AuditRecord {\n${membersOf(fields, named, '  ')}}\n`
  const own = [...named].filter(([name]) => !elsewhere.has(name)).map(([, text]) => text)
  const body = [HEAD, record, ...own, TAIL].join('')
  const imports = modules.map(([file, names]) => {
    const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(body))
    return `import type { ${used.join(', ')} } from './${file}'\n`
  })
  const exports = modules.map(
    ([file, names]) => `\nexport type { ${names.join(', ')} } from './${file}'\n`
  )
  files['record.ts'] = [MADE, '\n', ...imports, ...exports, body].join('')
  return files
}

function membersOf(fields: Fields, named: Map<string, string>, indent: string): string {
  return Object.entries(fields)
    .map(([name, field]) => memberOf(name, field, named, indent))
    .join('')
}

function memberOf(name: string, field: Field, named: Map<string, string>, indent: string): string {
  // Records of schema 1 are read, too.
  const isVersion = name === 'schema' && field.is === 'word'
  const type = isVersion ? '1 | 2' : typeOf(field, named, indent, sentence(field.says))
  const optional = field.isNeeded ? `: ${type}` : `?: ${orAbsent(type)}`
  return `${indent}/** ${sentence(field.says)} */\n${indent}readonly ${name}${optional}\n`
}

function orAbsent(type: string): string {
  return type === 'unknown' ? type : `${type} | undefined`
}

function typeOf(shape: Shape, named: Map<string, string>, indent: string, says: string): string {
  switch (shape.is) {
    case 'word':
      return shape.of.map((one) => (typeof one === 'string' ? `'${one}'` : one)).join(' | ')
    case 'list': {
      const item = typeOf(shape.of, named, indent, says)
      return item.includes(' | ') ? `readonly (${item})[]` : `readonly ${item}[]`
    }
    case 'map':
      return `{ readonly [name: string]: ${typeOf(shape.of, named, indent, says)} }`
    case 'group':
      return groupOf(shape.of, shape.as, named, indent, says)
    default:
      return TYPES[shape.is]
  }
}

function groupOf(
  fields: Fields,
  as: string | undefined,
  named: Map<string, string>,
  indent: string,
  says: string
): string {
  if (as === undefined) return `{\n${membersOf(fields, named, `${indent}  `)}${indent}}`
  if (named.has(as)) return as
  // Set first, so that the interfaces stand in the order of the table.
  named.set(as, '')
  const members = membersOf(fields, named, '  ')
  named.set(as, `\n/** ${says} */\nexport interface ${as} {\n${members}}\n`)
  return as
}

function sentence(says: string): string {
  const first = says.startsWith('`') ? says : says.charAt(0).toUpperCase() + says.slice(1)
  return /[.…]$/.test(first) ? first : `${first}.`
}
