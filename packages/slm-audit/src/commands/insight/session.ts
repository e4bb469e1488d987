import { AuditError, type Reader, type Session, TurnFolding } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { visibleJson } from '../../render/columns.ts'
import { renderSession, sessionHead, sessionHint } from '../../render/session.ts'
import { renderTurn } from '../../render/turns.ts'
import type { Terminal } from '../../terminal.ts'
import { type ReadOptions, readOptions, withReader } from '../with-reader.ts'

interface Options extends ReadOptions {
  readonly turns?: boolean
}

/** Columns where output goes to no terminal: a timeline is for people. */
const USUAL_WIDTH = 100

/** `slm-audit session`: one conversation or run of an agent, as a timeline. */
export function addSession(program: Command, terminal: Terminal): void {
  const command = program
    .command('session')
    .description('a conversation or an agent’s run as one timeline')
    .argument('<session>', 'as the contexts name it; last for the newest')
    .option('--turns', 'what each step said that was not said before')
  readOptions(command).action(async (name: string, options: Options) => {
    const isTerminal = Number.isFinite(terminal.width)
    const shownOn = isTerminal ? terminal : { ...terminal, width: USUAL_WIDTH }
    await withReader(options, async (reader) => {
      const session = await sessionNamed(reader, name)
      if (options.json) terminal.print(visibleJson(session))
      else if (options.turns) await printTurns(reader, session, shownOn)
      else {
        terminal.print(renderSession(session, shownOn))
        if (isTerminal) terminal.print(sessionHint(session, shownOn))
      }
    })
  })
}

async function sessionNamed(reader: Reader, name: string): Promise<Session> {
  const session = await reader.session(name)
  if (session) return session
  const [newest] = (await reader.sessions('', { limit: 1 })).items
  const found = /^last$/i.test(name) && newest ? await reader.session(newest.session) : undefined
  if (found) return found
  throw new AuditError(
    'not_found',
    `there is no session ${name}; slm-audit sessions lists the newest`
  )
}

async function printTurns(reader: Reader, session: Session, terminal: Terminal): Promise<void> {
  terminal.print(terminal.style('bold', sessionHead(session, terminal)))
  const folding = new TurnFolding()
  for (const step of session.runs.flatMap(({ steps }) => steps)) {
    const call = await reader.get(step.auditId)
    if (call) terminal.print(renderTurn(step, call, folding, terminal))
  }
}
