import { copyFileSync, cpSync, mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VerifyReport } from '../../packages/core/src/reader.ts'
import { runCli, type Terminal } from '../../packages/slm-audit/src/run-cli.ts'
import type { Outside } from './base-log.ts'
import { MODES, type Mode, type Tampering } from './tampering.ts'

/** What `slm-audit verify` says in one mode. */
export interface Verdict {
  readonly exitCode: number
  readonly report: VerifyReport | undefined
  readonly said: string
}

/** Tampers with a copy of a log, and verifies it in each mode. */
export async function verifyCopy(
  log: string,
  outside: Outside,
  { run }: Pick<Tampering<string>, 'run'>,
  modes: readonly Mode[] = MODES
): Promise<Map<Mode, Verdict>> {
  const copy = join(mkdtempSync(join(tmpdir(), 'slm-audit-tampered-')), 'log')
  if (statSync(log).isDirectory()) cpSync(log, copy, { recursive: true })
  else copyFileSync(log, copy)
  await run(copy)
  const verdicts = new Map<Mode, Verdict>()
  for (const mode of modes) verdicts.set(mode, await verify(copy, mode, outside))
  return verdicts
}

async function verify(
  file: string,
  mode: Mode,
  { since, newest, policy }: Outside
): Promise<Verdict> {
  const options = {
    full: [],
    since: ['--since', since],
    policy: ['--against', policy, '--strict'],
    outside: ['--against', newest, '--strict']
  }[mode]
  const lines: string[] = []
  const terminal: Terminal = {
    width: 100,
    isInteractive: false,
    isGone: false,
    write: () => undefined,
    print: (text) => void lines.push(text),
    explain: (text) => void lines.push(text),
    progress: () => undefined,
    style: (_, text) => text
  }
  const exitCode = await runCli(['verify', '--file', file, '--json', ...options], terminal)
  const said = lines.join('\n')
  return { exitCode, report: reportIn(lines), said }
}

function reportIn(lines: readonly string[]): VerifyReport | undefined {
  const json = lines.find((line) => line.startsWith('{'))
  return json === undefined ? undefined : (JSON.parse(json) as VerifyReport)
}
