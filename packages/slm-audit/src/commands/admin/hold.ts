import { resolve } from 'node:path'
import { userName } from '@slm-audit/core/node'
import { AuditError } from '@slm-audit/core/reader'
import { listHolds } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { isLogAddress, isLogInFiles } from '../../base/log-address.ts'
import { renderHolds } from '../../render/admin/holds.ts'
import { visibleJson, visibleList } from '../../render/columns.ts'
import { counted } from '../../render/figures.ts'
import type { Terminal } from '../../terminal.ts'
import { existingDatabase, existingFile, type ReadOptions, readOptions } from '../with-reader.ts'
import { type AdminWords, adminOf, adminOptions } from './admin-of.ts'
import { chosenScope, type ScopeOptions, scopeOptions } from './chosen-scope.ts'

interface Said extends AdminWords {
  readonly reason: string
  readonly as?: string
  readonly json?: boolean
}

/** `slm-audit hold`: keeps calls from retention and erasure. */
export function addHoldCommand(program: Command, terminal: Terminal): void {
  const hold = program
    .command('hold')
    .description('keeps calls from retention and erasure while an incident is looked into')
  addAdd(hold, terminal)
  addList(hold, terminal)
  addRelease(hold, terminal)
}

function addAdd(hold: Command, terminal: Terminal): void {
  const command = hold.command('add').description('holds calls for an incident')
  saidOptions(scopeOptions(command))
    .requiredOption('--incident <name>', 'what it is for, such as INC-7; names no person')
    .option('--utc', 'times meant in UTC, not by the clock here')
    .action(async (words: string[], options: ScopeOptions & Said & { incident: string }) => {
      const { file, admin } = await adminOf(options)
      const { scope, scopeName } = await chosenScope('hold add', words, { ...options, file })
      const { incident } = options
      if (scope.calls?.length === 0) {
        throw new AuditError('not_found', 'no call matches; nothing is held')
      }
      await admin.hold({ incident, scope, scopeName, ...saidIn(options) })
      const calls = scope.calls && ` ${counted(scope.calls.length, 'call')}`
      const held = { incident, scope: scopeName, calls: scope.calls?.length }
      terminal.print(
        options.json
          ? visibleJson(held)
          : `${terminal.style('green', '✓ ')}${incident} holds${calls ?? ` its ${scopeName}`}`
      )
      if (!calls) terminal.explain('what is recorded of it from now on is held as well')
    })
}

function addList(hold: Command, terminal: Terminal): void {
  const command = hold.command('list').description('the holds that are in force')
  readOptions(command).action(async (options: ReadOptions) => {
    const holds = await holdsOf(options)
    if (options.json) terminal.print(visibleList(holds))
    else terminal.print(renderHolds(holds, terminal))
  })
}

function addRelease(hold: Command, terminal: Terminal): void {
  const command = hold.command('release').description('ends the holds of an incident')
  saidOptions(command.argument('<incident>', 'as slm-audit hold list shows it')).action(
    async (incident: string, options: Said) => {
      const { admin } = await adminOf(options)
      const released = await admin.release({ incident, ...saidIn(options) })
      if (released === 0) {
        const message = `nothing is held for ${incident}; slm-audit hold list shows what is`
        throw new AuditError('not_found', message)
      }
      terminal.print(
        options.json
          ? visibleJson({ incident, released })
          : `${terminal.style('green', '✓ ')}${counted(released, 'hold')} of ${incident} released`
      )
      terminal.explain('what an erasure left because of it is still there: erase it again')
    }
  )
}

function saidOptions(command: Command): Command {
  return adminOptions(
    command
      .requiredOption('--reason <text>', 'why; it is kept with the record')
      .option('--as <name>', 'who asks for it (default: the user of the operating system)')
      .option('--json', 'one JSON document, for programs')
  )
}

function saidIn({ reason, as }: Said) {
  return { reason, by: as ?? userName() }
}

/** Of an encrypted database `--key-file` is the key that opens it: nothing is signed here. */
async function holdsOf(options: ReadOptions) {
  const { file, identity } = options
  const found = existingFile(options)
  if (isLogInFiles(found) || isLogAddress(found)) {
    const named = {
      ...(file !== undefined && { file }),
      ...(identity !== undefined && { identity })
    }
    return await (await adminOf(named)).admin.holds()
  }
  return listHolds(resolve(existingDatabase(options)))
}
