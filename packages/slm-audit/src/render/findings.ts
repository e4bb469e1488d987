import type { Finding } from '../base/finding.ts'
import type { Style, Terminal } from '../terminal.ts'
import { visible } from './columns.ts'
import { wrap } from './words.ts'

const MARKS: { readonly [state in Finding['state']]: readonly [string, string, Style] } = {
  ok: ['✓', '+', 'green'],
  attention: ['!', '!', 'yellow'],
  failing: ['✕', 'x', 'red']
}
/** Columns of names: the usual ones, and those of longer names such as an exporter's. */
const NAME_WIDTH = 12
const MOST_WIDTH = 24

/** Findings, each with what to do next; first a sentence that may be all one needs. */
export function renderFindings(findings: readonly Finding[], terminal: Terminal): string {
  const open = findings.filter(({ state }) => state !== 'ok')
  const head =
    open.length === 0
      ? 'all is well'
      : `${open.length} of ${findings.length} checks ${open.length === 1 ? 'needs' : 'need'} attention`
  const longest = Math.max(NAME_WIDTH, ...findings.map(({ check }) => check.length))
  const width = Math.min(MOST_WIDTH, longest)
  const lines = findings.flatMap(({ check, state, says, next, command }) => {
    const [mark, plain, style] = MARKS[state]
    const begin = `${terminal.style(style, terminal.isAscii ? plain : mark)} ${check.padEnd(width)}`
    const indent = ' '.repeat(width + 3)
    const room = terminal.width - indent.length
    const said = wrap(says, room - Math.max(0, check.length - width))
    const toDo = next === undefined ? [] : wrap(next, room)
    return [
      `${begin} ${said[0] ?? ''}`,
      ...said.slice(1).map((line) => indent + line),
      ...toDo.map((line) => indent + terminal.style('dim', line)),
      // It is there to be copied, whole.
      ...(command === undefined ? [] : [indent + terminal.style('cyan', visible(command))])
    ]
  })
  return [terminal.style('bold', head), ...lines].join('\n')
}
