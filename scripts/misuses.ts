// Prints what users of slm-audit are told when they make a mistake: one line a misuse, with the code of the
// error and its message. Exits with 1 where one is told nothing, or no next step.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AuditError,
  type AuditLog,
  createAuditLog,
  defineExporter,
  memoryJournal,
  openReader,
  webhookAnchor
} from 'slm-audit'
import { runCli, type Terminal } from 'slm-audit/run-cli'
import { wrapOpenAI } from '../packages/adapters/openai/src/index.ts'
import { otlpExporter } from '../packages/exporters/otlp/src/index.ts'
import { webhookExporter } from '../packages/exporters/webhook/src/index.ts'
import { fileJournal } from '../packages/journals/file/src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-misuses-'))
const at = (name: string) => join(folder, name)
const problems: AuditError[] = []
const onProblem = (problem: AuditError) => void problems.push(problem)
const log = await createAuditLog({ file: at('audit.db'), onProblem })
await log.record({ operation: 'chat', provider: 'p', input: 'q' }, async () => 'a')
await log.flush()
const reader = await openReader(at('audit.db'))
writeFileSync(
  at('notes.txt'),
  'no database, though it is long enough to be taken for the head of one'
)

/** Plain JavaScript gives anything; types would have said no. */
type Any = never

const misuses: readonly (readonly [title: string, run: () => unknown])[] = [
  ['an option with a slip', () => createAuditLog({ exporter: [] } as Any)],
  ['options that are not an object', () => createAuditLog('audit.db' as Any)],
  ['a folder for the file', () => createAuditLog({ file: folder })],
  ['another file for the database', () => createAuditLog({ file: at('notes.txt') })],
  ['a place where nothing can be made', () => createAuditLog({ file: '/proc/audit.db' })],
  [
    'file and journal at once',
    () => createAuditLog({ file: at('x.db'), journal: memoryJournal() })
  ],
  ['an unknown durability', () => createAuditLog({ file: at('x.db'), durability: 'sync' as Any })],
  ['an unknown mode', () => createAuditLog({ file: at('x.db'), mode: 'strict' as Any })],
  ['a key as a text', () => createAuditLog({ file: at('x.db'), key: 'secret' as Any })],
  ['a key from nowhere', () => createAuditLog({ file: at('x.db'), key: { env: 'NOT_SET' } })],
  [
    'an exporter that is not one',
    () => createAuditLog({ file: at('x.db'), exporters: [{} as Any] })
  ],
  ['two exporters of one name', () => twoOfOneName()],
  [
    'record without a function',
    () => log.record({ operation: 'chat', provider: 'p' }, undefined as Any)
  ],
  ['withContext without a function', () => log.withContext({ user: 'u' }, undefined as Any)],
  ['a context that is not an object', () => log.withContext('u-7' as Any, () => undefined)],
  ['annotate without an id', () => log.annotate(undefined as Any, { rating: 1 })],
  ['no client', () => wrapOpenAI(undefined as Any, log)],
  ['no log', () => wrapOpenAI({ chat: {} } as Any, undefined as Any)],
  [
    'a log that was not awaited',
    () => wrapOpenAI({ chat: {} } as Any, createAuditLog({ file: at('audit.db') }) as Any)
  ],
  ['a log that is not there', () => openReader(at('nowhere.db'))],
  ['a folder for a log', () => openReader(folder)],
  ['a filter with a slip', () => reader.query({ usr: 'u-7' } as Any)],
  ['a time that cannot be read', () => reader.query({ since: 'gpt-5' })],
  ['a page of no calls', () => reader.query({}, { limit: 0 })],
  ['a search for no word', () => reader.search('***')],
  ['an id that fits many', () => reader.get('01')],
  ['a file for a directory', () => fileJournal({ directory: at('notes.txt') })],
  ['an endpoint without http', () => otlpExporter({ endpoint: 'localhost:4318' })],
  ['a secret of another form', () => webhookExporter({ url: 'https://example.com', secret: 's' })],
  ['an address that is not a URL', () => webhookAnchor('example.com')],
  ['a password in an url', () => webhookAnchor('https://u:p@example.com')],
  ...[
    ['lsit'],
    ['list', '--sinc', '2h'],
    ['list', '--since', 'gpt-5'],
    ['list', '--limit', '0'],
    ['list', '--stage', 'done'],
    ['list', '--user'],
    ['list', 'usr:u-7'],
    ['show'],
    ['show', 'ffff'],
    ['verify', '--against', at('nowhere')],
    ['prove', 'ffff'],
    ['export'],
    ['export', '--format', 'parquet'],
    ['export', '--format', 'csv', '--out', at('audit.db')],
    ['import', at('notes.txt')],
    ['import', at('notes.txt'), '--into', at('copy.db')],
    ['list', '--file', folder],
    ['list', '--file', at('nowhere.db')]
  ].map((args) => [`slm-audit ${args.join(' ')}`, () => typed(args)] as const)
]

let silent = 0
for (const [title, run] of misuses) {
  const told = await outcomeOf(run)
  if (told === undefined) silent++
  const text = told ?? '!! nothing is told'
  console.log(`${title.replaceAll(folder, '…')}\n    ${text.replaceAll(folder, '…')}`)
}
await reader[Symbol.asyncDispose]()
await log.close()
console.log(`\n${misuses.length} misuses, ${silent} of them told nothing`)
process.exit(silent > 0 ? 1 : 0)

/** What the user is told: by the error, or by `onProblem` where the application must go on. */
async function outcomeOf(run: () => unknown): Promise<string | undefined> {
  problems.length = 0
  try {
    const result = await run()
    if (typeof result === 'string') return result
    await log.flush()
  } catch (error) {
    if (AuditError.is(error)) return `${error.code}: ${error.message}`
    return undefined
  }
  const [problem] = problems
  return problem && `(onProblem) ${problem.code}: ${problem.message}`
}

async function twoOfOneName(): Promise<void> {
  const exporter = () => defineExporter({ name: 'siem', export: async () => undefined })
  const exporters = [exporter(), exporter()]
  const opened: AuditLog = await createAuditLog({ file: at('audit.db'), exporters })
  await opened.close()
}

/** What a command line says on standard error, where it ends with code 2. */
async function typed(args: readonly string[]): Promise<string | undefined> {
  const said: string[] = []
  const terminal: Terminal = {
    width: 1_000,
    isInteractive: false,
    isGone: false,
    print: () => undefined,
    write: () => undefined,
    explain: (text) => said.push(text),
    progress: () => undefined,
    style: (_style, text) => text
  }
  const needsFile = !args.includes('--file') && !['lsit', 'import'].includes(args[0] ?? '')
  const file = needsFile ? ['--file', at('audit.db')] : []
  const code = await runCli([...args, ...file], terminal)
  return code === 2 ? `exit 2: ${said.join(' | ')}` : undefined
}
