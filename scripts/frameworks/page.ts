// The table of docs/frameworks.md, made from the applications and from what is recorded of them.
import { readFileSync } from 'node:fs'
import { formatted } from '../formatted.ts'
import type { Cells } from './cells.ts'
import { FRAMEWORKS } from './frameworks.ts'

/** What was recorded when the table was made, by application. */
export interface Results {
  readonly [app: string]: { readonly version: string; readonly cells: Cells }
}

export const PAGE = 'docs/frameworks.md'
export const RESULTS = 'scripts/frameworks/results.json'

const BEGIN = '<!-- table: made by `pnpm run frameworks --update` -->'
const END = '<!-- end of table -->'
const LINE = / *\/\/ the line$/

/** The page with its table made anew. */
export function withTable(page: string, results: Results): string {
  const [before = '', rest = ''] = page.split(BEGIN)
  const [, after = ''] = rest.split(END)
  return formatted(PAGE, `${before}${BEGIN}\n${tableOf(results)}\n${END}${after}`)
}

/** The lines that an application marks as what a user writes. */
export function linesOf(app: string): string[] {
  const text = readFileSync(`scripts/frameworks/apps/${app}.mjs`, 'utf8')
  const marked = text.split('\n').filter((line) => LINE.test(line))
  return marked.map((line) => line.replace(LINE, '').trim())
}

function tableOf(results: Results): string {
  const head = ['framework', 'this line', 'calls', 'streams', 'tools', 'tree', 'session']
  const rows = FRAMEWORKS.flatMap(({ name, app }) => {
    const found = results[app]
    if (found === undefined) return []
    const { calls, streams, tools, tree, session } = found.cells
    const line = linesOf(app)
      .map((each) => `\`${each}\``)
      .join('<br>')
    const link = `[${name}](../scripts/frameworks/apps/${app}.mjs) ${found.version}`
    return [[link, line, calls, streams, tools, tree, session]]
  })
  const lines = [head, head.map(() => '---'), ...rows]
  return `\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`
}
