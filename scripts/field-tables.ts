// The tables of fields in docs/record-format.md.
import type { Field, Fields, ScalarKind, Shape } from '../packages/core/src/record/fields/field.ts'
import { RECORD_FIELDS } from '../packages/core/src/record/fields/record-fields.ts'

const BEGIN = '<!-- fields: made by `pnpm run generate` -->'
const END = '<!-- /fields -->'

const KINDS: { readonly [Kind in ScalarKind]: string } = {
  text: 'text',
  name: 'name',
  label: 'label',
  id: 'id',
  title: 'title',
  path: 'path',
  count: 'count',
  number: 'number',
  measure: 'number ≥ 0',
  flag: 'true or false',
  digest: 'SHA-256 in hex',
  instant: 'instant',
  facts: 'facts',
  measures: 'measures',
  json: 'JSON'
}

/** A page whose tables of fields follow from a table of fields. */
export function withFieldTables(page: string, fields: Fields = RECORD_FIELDS): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`the page lacks ${BEGIN} and ${END}`)
  return `${page.slice(0, begin)}${BEGIN}\n\n${fieldTables(fields)}\n${page.slice(end)}`
}

/** A table of the members of a record, and one for each of its groups. */
export function fieldTables(fields: Fields): string {
  const groups = Object.entries(fields).map(([name, field]) => {
    const inner = groupIn(field)
    return inner === undefined ? '' : `### \`${name}\`\n\n${tableOf(inner, '')}\n`
  })
  return [tableOf(fields, '', true), ...groups.filter((text) => text !== '')].join('\n')
}

function tableOf(fields: Fields, before: string, isTop = false): string {
  const rows = rowsOf(fields, before, isTop)
  return `| member | kind | holds |\n| --- | --- | --- |\n${rows.join('')}`
}

function rowsOf(fields: Fields, before: string, isTop: boolean): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const path = `${before}${name}`
    const needed = field.isNeeded ? ', always' : ''
    const row = `| \`${path}\` | ${kindOf(field)}${needed} | ${field.says.replaceAll('|', '\\|')} |\n`
    const inner = isTop ? undefined : groupIn(field)
    return inner === undefined ? [row] : [row, ...rowsOf(inner, `${path}.`, false)]
  })
}

/** The fields inside of a field, of whatever kind it is. */
function groupIn(shape: Field | Shape): Fields | undefined {
  if (shape.is === 'group') return shape.of
  return shape.is === 'list' || shape.is === 'map' ? groupIn(shape.of) : undefined
}

function kindOf(shape: Shape): string {
  switch (shape.is) {
    case 'word':
      return shape.of.map((one) => `\`${one}\``).join(', ')
    case 'list':
      return `list of ${kindOf(shape.of)}`
    case 'map':
      return `${kindOf(shape.of)} by name`
    case 'group':
      return 'group'
    default:
      return KINDS[shape.is]
  }
}
