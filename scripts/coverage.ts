// What each adapter captures, told by the records in its fixtures.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ADAPTERS = 'packages/adapters'

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

/**
 * The page docs/coverage.md: a row an adapter, with what its fixtures prove, and how many of them hold
 * bytes that a real server or runtime gave.
 */
export function coveragePage(): string {
  return `# What is captured

Made by \`pnpm run generate\` from the fixtures of each adapter: a column says \`yes\` where a fixture proves it. The last
column counts fixtures by where their bytes came from: recorded from a real server, client or runtime, or written by
hand from its documentation and types. Each fixture's \`SOURCE.md\` names the source. What is recorded without a
fixture (steps of frameworks, lists of MCP) is on the adapters' pages.

${coverageTable()}
`
}

function coverageTable(): string {
  const head = ['client', 'tested with', 'operations', ...Object.keys(COLUMNS), 'bytes']
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
  const link = `[${name}](adapters/${name}.md)`
  return [
    link,
    testedWith(name),
    [...new Set(operations)].sort().join(', '),
    ...marks,
    originsOf(join(ADAPTERS, name, 'fixtures'))
  ]
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

/** How many fixtures were recorded, and how many written, for instance `3 recorded, 12 written`. */
function originsOf(folder: string): string {
  const sources = readdirSync(folder).map((name) =>
    readFileSync(join(folder, name, 'SOURCE.md'), 'utf8')
  )
  const written = sources.filter((text) => text.startsWith('Written by hand')).length
  const recorded = sources.length - written
  const counts = [recorded > 0 && `${recorded} recorded`, written > 0 && `${written} written`]
  return counts.filter((count) => count !== false).join(', ')
}
