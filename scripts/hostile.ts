// Prints what the command line does with hostile inputs, one line each, and exits with 1 where one did harm: a
// control that reached the terminal, a file that was replaced, a row or a formula that got into a table, a
// forged log that was taken.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createAuditLog } from 'slm-audit'
import { runCli, type Terminal } from 'slm-audit/run-cli'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-hostile-'))
const at = (name: string) => join(folder, name)
const file = at('audit.db')
const STEERING = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eesrever\u2066'
const TEXTS = [
  '=1+1',
  '+1',
  '-5',
  '@SUM(A1)',
  '\t=x',
  'a\n=2',
  'a\r\n- b',
  '"=1"',
  'a,b;=c',
  STEERING
]

const log = await createAuditLog({ file })
for (const input of TEXTS) {
  await log.withContext({ user: input }, () =>
    log.record({ operation: 'chat', provider: 'p', model: input, input }, async () => input)
  )
}
await log.close()
await run('export', '--file', file, '--format', 'jsonl', '--out', at('whole.jsonl'))
const lines = readFileSync(at('whole.jsonl'), 'utf8').split('\n').slice(0, -1)
writeFileSync(at('victim'), 'precious')
symlinkSync(at('victim'), at('x.csv.new'))

let harmed = 0
const shown = [
  'list',
  'tail --once',
  'show last',
  `show ${STEERING}`,
  `list --user ${STEERING} --json`,
  `search ${STEERING}`,
  `list --since ${STEERING}`
]
for (const command of shown) {
  const { text } = await run(...command.split(' '), '--file', file)
  tell(
    `slm-audit ${command}`,
    !/(?!\n)\p{Cc}|\p{Bidi_Control}/u.test(text),
    'nothing raw reaches the terminal'
  )
}
const csv = await run('export', '--file', file, '--format', 'csv', '--out', '-')
tell(
  'texts of ten kinds in CSV',
  csv.raw.split('\r\n').filter((row) => row !== '').length >= TEXTS.length,
  'quoted'
)
tell(
  'formulas in CSV',
  !/(^|,|\n)"?[=+@][^"]*"?(,|$)/m.test(
    csv.raw.replace(/"(?:[^"]|"")*"/g, (cell) => (/^"[=+\-@\t\r\n]/.test(cell) ? '=!' : 'x'))
  ),
  'guarded'
)
for (const out of [file, `${file}-wal`, `${file}.key`, folder, at('none/x.csv')]) {
  const before = readFileSync(file)
  const { code, text } = await run('export', '--file', file, '--format', 'csv', '--out', out)
  tell(`--out ${out}`, code === 2 && readFileSync(file).equals(before), text)
}
await run('export', '--file', file, '--format', 'csv', '--out', at('x.csv'))
tell(
  'a link that waits at the draft',
  readFileSync(at('victim'), 'utf8') === 'precious',
  'not followed'
)
const joined = (some: readonly string[]) => some.map((line) => `${line}\n`).join('')
const imports: readonly (readonly [string, string | Uint8Array, string])[] = [
  ['an export that was cut', joined(lines.slice(0, 5)), 'jsonl'],
  ['an export that was cut within a line', joined(lines).slice(0, -30), 'jsonl'],
  ['a line of junk', joined(lines.toSpliced(3, 0, '{"hidden":1}')), 'jsonl'],
  ['a line twice', joined(lines.toSpliced(3, 0, lines[2] ?? '')), 'jsonl'],
  ['an answer that was changed', joined(lines).replace('+1', '+2'), 'jsonl'],
  ['200 million lines in 200 kB', gzipSync(Buffer.alloc(200_000_000, 10)), 'jsonl.gz']
]
for (const [title, bytes, ending] of imports) {
  const path = at(`${title.replaceAll(' ', '-')}.${ending}`)
  writeFileSync(path, bytes)
  const { code, text } = await run('import', path, '--into', `${path}.db`)
  tell(`import of ${title}`, code !== 0 && !existsSync(`${path}.db`), text)
}
console.log(`\n${harmed} of them did harm; ${readdirSync(folder).length} files in ${folder}`)
process.exit(harmed > 0 ? 1 : 0)

function tell(title: string, isRight: boolean, said: string): void {
  if (!isRight) harmed++
  const [line = ''] = said.replaceAll(folder, '…').split('\n')
  console.log(`${isRight ? 'ok' : '!!'}  ${plain(title.replaceAll(folder, '…'))}\n      ${line}`)
}

function plain(text: string): string {
  const escaped = (each: string) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.replace(/[\p{Cc}\p{Cf}]/gu, escaped)
}

async function run(...args: string[]) {
  const parts: string[] = []
  const raw: string[] = []
  const terminal: Terminal = {
    width: 100,
    isInteractive: false,
    isGone: false,
    print: (text) => parts.push(text),
    write: (part) => raw.push(String(part)),
    explain: (text) => parts.push(text),
    progress: () => undefined,
    style: (_style, text) => text
  }
  const code = await runCli(args, terminal)
  return { code, text: parts.join('\n'), raw: raw.join('') }
}
