// The table of fields in docs/guide/filters.md, from the table of the filter language.
import { FIELD_NAMES, FIELDS } from '../packages/core/src/read/filter/fields.ts'

const BEGIN = '<!-- fields -->'
const END = '<!-- end of fields -->'

/** The page with its table of fields as the language has them. */
export function withFilterFields(page: string): string {
  const rows = FIELD_NAMES.map((name) => {
    const rule: { about: string; example: string; aliases?: readonly string[] } = FIELDS[name]
    const others = (rule.aliases ?? []).map((alias) => `\`${alias}\``).join(', ')
    return `| \`${name}\` | ${rule.about} | \`${rule.example}\` | ${others} |`
  })
  const table = ['| field | what it is | example | also |', '| --- | --- | --- | --- |', ...rows]
  const [before] = page.split(BEGIN)
  const [, after] = page.split(END)
  return `${before}${BEGIN}\n\n${table.join('\n')}\n\n${END}${after}`
}
