import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'

/** What no page may obey: markup, a script's address, escapes, marks that turn text around. */
export const HOSTILE =
  '<script>window.harmed = 1</script><img src=x onerror="window.harmed = 2"> ' +
  '[click](javascript:window.harmed=3) \u001b[31mred\u001b[0m \u202eright to left\u202c `</code>`'

/** A log with a conversation, a tool, an error and a hostile answer, and its reader. */
export async function someLog() {
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-viewer-')), 'audit.db')
  const { log } = await collectingLog(await sqliteJournal({ file }), { service: 'support-bot' })
  await log.withContext({ session: 'S-42', user: 'u-7', tags: { tier: 'gold' } }, async () => {
    await ask(log, 'Where is my refund for order 4711?', '**Delivered** on 21 November.')
    await log.tool('searchPolicy', async () => ['14 days'], { input: { query: 'refund' } })
    await ask(log, 'And in Switzerland?', HOSTILE)
  })
  const failing = log.record({ ...chat, input: 'broken?' }, async () => {
    throw new TypeError('the socket closed')
  })
  await failing.catch(() => undefined)
  await log.flush()
  return { file, log, reader: await openReader(file) }
}

const chat = { operation: 'chat', provider: 'test', model: 'qwen3:4b' }

type Log = Awaited<ReturnType<typeof collectingLog>>['log']

/** Records one question and its answer. */
export async function ask(log: Log, question: string, answer: string): Promise<void> {
  const input = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: question }
  ]
  await log.record(
    { ...chat, input },
    async () => answer,
    (text) => ({
      output: { role: 'assistant', content: text },
      finishReasons: ['stop'],
      usage: { inputTokens: 12, outputTokens: 7 },
      logprobs: [
        { token: text.slice(0, 4), logprob: -0.01 },
        { token: text.slice(4), logprob: Math.log(0.4) }
      ]
    })
  )
}
