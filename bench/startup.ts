import { execFile, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { builtProgram, installBuilt } from './built-packages.ts'
import { type Effort, interleave, type Result, withFile } from './harness.ts'

const execute = promisify(execFile)
const MOST_TAKING_IN_MS = 1_500

/** How long things take to begin: the packages and the command line as they were built, a log after a kill. */
export async function startUp({ rounds, scale }: Effort): Promise<Result[]> {
  const calls = Math.max(100, Math.round(10_000 * scale))
  return withFile(async (file) => {
    const cwd = dirname(file)
    if (!installBuilt(cwd)) return [notBuilt, await takingIn(calls)]
    recordAndKill(file, 20, 'return')
    const node = async (...args: string[]) => {
      const began = performance.now()
      await execute(process.execPath, args, { cwd })
      return performance.now() - began
    }
    const module = (source: string) => () => node('--input-type=module', '-e', source)
    const cli = join(cwd, 'node_modules/slm-audit/dist/cli.js')
    const took = await interleave(Math.min(rounds, 5), {
      bare: module(''),
      core: module("await import('@slm-audit/core')"),
      all: module("await import('slm-audit')"),
      open: module(
        `const { createAuditLog } = await import('slm-audit'); await (await createAuditLog({ file: '${file}' })).close()`
      ),
      version: () => node(cli, '--version'),
      list: () => node(cli, 'list', '--file', file)
    })
    const line = (what: string, ms: number, aimMs?: number): Result => ({
      what,
      ours: `${ms.toFixed(0)} ms`,
      control: `empty program ${took.bare.toFixed(0)} ms`,
      ratio: `+${(ms - took.bare).toFixed(0)} ms`,
      aim: aimMs === undefined ? '' : `≤ ${aimMs.toFixed(0)} ms`,
      met: aimMs === undefined || ms <= aimMs
    })
    return [
      line('a program that imports core', took.core, took.bare + 15),
      line('a program that imports slm-audit', took.all),
      line('a program that opens a log and closes it', took.open),
      line('slm-audit --version', took.version, 80),
      line('slm-audit list', took.list, 150),
      await takingIn(calls)
    ]
  })
}

const notBuilt: Result = {
  what: 'start-up: not measured, as the packages are not built',
  ours: '',
  control: 'pnpm build makes them',
  ratio: '',
  aim: '',
  met: true
}

/** What a killed process left is taken in by the next one. */
async function takingIn(calls: number): Promise<Result> {
  return withFile(async (file) => {
    recordAndKill(file, calls, 'burst')
    const { stdout } = await execute(process.execPath, [builtProgram('takes-in'), file])
    const ms = Number(stdout)
    return {
      what: `opening a log and taking in what a process left that was killed after ${calls.toLocaleString('en')} calls`,
      ours: `${ms.toFixed(0)} ms`,
      control: '',
      ratio: '',
      aim: `≤ ${MOST_TAKING_IN_MS} ms`,
      met: ms <= MOST_TAKING_IN_MS
    }
  })
}

function recordAndKill(file: string, calls: number, end: string): void {
  const program = builtProgram('calls')
  spawnSync(process.execPath, [program, file, 'process', `${calls}`, end], { stdio: 'ignore' })
}
