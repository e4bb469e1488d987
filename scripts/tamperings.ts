// Prints each tampering with a stored log, and what `slm-audit verify` finds of it: alone, with --since an earlier
// checkpoint, against a policy, and against the newest checkpoint. Exits with 1 where one is not found.
import { rmSync } from 'node:fs'
import { makeBaseLogs, type Outside } from './tamperings/base-log.ts'
import { databaseTamperings } from './tamperings/in-database.ts'
import { fileTamperings } from './tamperings/in-files.ts'
import { MODES, type Tampering } from './tamperings/tampering.ts'
import { type Verdict, verifyCopy } from './tamperings/verify-copy.ts'

const RIGHT = '0: right'
const logs = await makeBaseLogs()
let missed = 0
let tried = 0
await show('a log in SQLite', logs.database.file, logs.database, databaseTamperings(logs.database))
await show('a log in files', logs.files.directory, logs.files, fileTamperings(logs.files))
rmSync(logs.folder, { recursive: true, force: true })
console.log(`${tried} tamperings, ${missed} of them found by nothing`)
process.exitCode = missed > 0 ? 1 : 0

async function show(
  title: string,
  log: string,
  outside: Outside,
  tamperings: readonly Tampering<string>[]
): Promise<void> {
  print([title, ...MODES])
  for (const tampering of tamperings) {
    const verdicts = await verifyCopy(log, outside, tampering)
    const cells = MODES.map((mode) => inWords(verdicts.get(mode)))
    print([tampering.name, ...cells])
    tried++
    if (cells.every((cell) => cell === RIGHT)) missed++
  }
  console.log()
}

/** A line of the table. */
function print([name = '', ...cells]: readonly string[]): void {
  console.log([name.padEnd(66), ...cells.map((cell) => cell.padEnd(28))].join('').trimEnd())
}

function inWords(verdict: Verdict | undefined): string {
  const { exitCode, report, said } = verdict ?? { exitCode: 2, said: '', report: undefined }
  if (!report) return `${exitCode}: ${said.slice(0, 140)}`
  const { flaw, strays, unsigned, absentContents } = report
  if (flaw) return `${exitCode}: ${flaw.kind} at ${flaw.index}`
  const counted = Object.entries({ strays, unsigned, absentContents }).filter(
    ([, count]) => count > 0
  )
  if (counted.length === 0) return exitCode === 0 ? RIGHT : `${exitCode}: a notice`
  return `${exitCode}: ${counted.map(([name, count]) => `${count} ${name}`).join(', ')}`
}
