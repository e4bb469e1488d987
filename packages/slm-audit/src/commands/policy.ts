import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { addCheck } from './policy/check.ts'
import { addExplain } from './policy/explain.ts'
import { addInit } from './policy/init.ts'
import { addTest } from './policy/test.ts'

/** `slm-audit policy`: what is recorded of which calls. */
export function addPolicy(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const policy = program.command('policy').description('what is recorded of which calls')
  addInit(policy, terminal)
  addCheck(policy, terminal)
  addExplain(policy, terminal)
  addTest(policy, terminal, finish)
}
