import type { SessionSummary } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { tabbedRow, visibleList } from '../../render/columns.ts'
import { renderSessions } from '../../render/session.ts'
import type { Terminal } from '../../terminal.ts'
import {
  choiceOptions,
  explainMore,
  explainNoMatch,
  type FilterOptions,
  isChoice,
  limitOption,
  toFilter,
  toPage
} from '../filter.ts'
import { type ReadOptions, readOptions, withReader } from '../with-reader.ts'

const USUAL = 20

interface Options extends FilterOptions, ReadOptions {}

/** `slm-audit sessions`: conversations and runs of agents, newest first. */
export function addSessions(program: Command, terminal: Terminal): void {
  const command = program
    .command('sessions')
    .description(
      'conversations and runs of agents that have a call which the filter means, newest first'
    )
    .option('--cursor <cursor>', 'go on after an earlier page')
  readOptions(limitOption(choiceOptions(command), USUAL)).action(
    async (words: string[], options: Options, own: Command) => {
      const filter = toFilter(words, options)
      await withReader(options, async (reader) => {
        const page = await reader.sessions(filter, { limit: USUAL, ...toPage(options) })
        if (options.json) terminal.print(visibleList(page.items))
        else if (page.items.length === 0) {
          const none = isChoice(filter) ? 'No session matches.' : 'The log has no sessions yet.'
          await explainNoMatch(none, filter, reader, terminal)
        } else if (!Number.isFinite(terminal.width)) terminal.write(page.items.map(tabbed).join(''))
        else terminal.print(renderSessions(page.items, terminal))
        explainMore(page, options.json, terminal, own)
      })
    }
  )
}

function tabbed(session: SessionSummary): string {
  const { beganAt, endedAt, users, stepCount, errorCount, busyMs, question, answer } = session
  const facts = [session.session, beganAt, endedAt, users.join(','), stepCount, errorCount, busyMs]
  return tabbedRow([...facts, question, answer])
}
