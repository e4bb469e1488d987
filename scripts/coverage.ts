// What each adapter captures, told by the records in its fixtures: coverage.ts writes the table
// into README.md, between the marks.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ADAPTERS = 'packages/adapters'
const OPEN = '<!-- coverage: made by `pnpm run coverage` -->'
const CLOSE = '<!-- /coverage -->'

interface Recorded {
  readonly call?: { readonly operation?: string; readonly stream?: boolean }
  readonly response?: {
    readonly usage?: { readonly inputTokens?: number; readonly outputTokens?: number }
    readonly toolCalls?: unknown
  }
  readonly confidence?: unknown
  readonly reasoning?: unknown
  readonly contents?: unknown
}

interface Evidence {
  readonly isStream: boolean
  readonly recorded: Recorded
}

/** Columns, and the record that proves each. */
const COLUMNS: { readonly [column: string]: (evidence: Evidence) => boolean } = {
  plain: ({ isStream }) => !isStream,
  stream: ({ isStream }) => isStream,
  usage: ({ recorded }) =>
    recorded.response?.usage?.inputTokens !== undefined ||
    recorded.response?.usage?.outputTokens !== undefined,
  tools: ({ recorded }) => recorded.response?.toolCalls !== undefined,
  reasoning: ({ recorded }) => recorded.reasoning !== undefined,
  confidence: ({ recorded }) => recorded.confidence !== undefined,
  media: ({ recorded }) => /"media":\{"sha256"/.test(JSON.stringify(recorded.contents ?? null))
}

/** README.md with its coverage table made anew. */
export function withCoverage(readme: string): string {
  const from = readme.indexOf(OPEN)
  const to = readme.indexOf(CLOSE)
  if (from < 0 || to < from) throw new Error(`README.md lacks ${OPEN} … ${CLOSE}`)
  return `${readme.slice(0, from + OPEN.length)}\n\n${coverageTable()}\n\n${readme.slice(to)}`
}

function coverageTable(): string {
  const head = ['client', 'tested with', 'operations', ...Object.keys(COLUMNS)]
  const rows = readdirSync(ADAPTERS).sort().map(rowOf)
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0))
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

function rowOf(name: string): string[] {
  const evidence = evidenceOf(join(ADAPTERS, name, 'fixtures'))
  const operations = evidence.flatMap(({ recorded }) => recorded.call?.operation ?? [])
  const marks = Object.values(COLUMNS).map((proves) => (evidence.some(proves) ? 'yes' : '–'))
  const link = `[${name}](docs/adapters/${name}.md)`
  return [link, testedWith(name), [...new Set(operations)].sort().join(', '), ...marks]
}

function testedWith(name: string): string {
  const manifest = JSON.parse(readFileSync(join(ADAPTERS, name, 'package.json'), 'utf8')) as {
    readonly peerDependencies?: { readonly [name: string]: string }
  }
  const ranges = Object.values(manifest.peerDependencies ?? {})
  return ranges.map((range) => range.replaceAll('||', 'or')).join(', ') || '–'
}

function evidenceOf(folder: string): Evidence[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    const file = join(folder, name, 'expected.json')
    if (!existsSync(file)) return []
    const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded
    const chunks = readdirSync(join(folder, name)).some((each) => each.startsWith('chunks.'))
    return [{ isStream: chunks || recorded.call?.stream === true, recorded }]
  })
}

if (import.meta.main) writeFileSync('README.md', withCoverage(readFileSync('README.md', 'utf8')))
