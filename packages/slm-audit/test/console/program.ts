// Records some calls with lines on the console. Usage: program.ts <database> <format>
import { createAuditLog } from 'slm-audit'

const [file = '', format = ''] = process.argv.slice(2)
const log = await createAuditLog({ file, console: format as 'pretty' })
const ask = (content: string, answer: () => Promise<string>) =>
  log
    .record(
      {
        operation: 'chat',
        provider: 'mine',
        model: 'qwen3:4b',
        input: [{ role: 'user', content }]
      },
      answer
    )
    .catch(() => undefined)

await log.withContext({ user: 'u-7' }, async () => {
  await ask('Where is my refund?', async () => 'On its way.')
  await ask('And \u001b[2Jthis?', () =>
    Promise.reject(Object.assign(new Error('too many'), { name: 'RateLimitError' }))
  )
})
await log.tool('lookupOrder', async () => ({ status: 'ok' }), { input: { order: 4711 } })
await log.close()
process.stdout.write('done\n')
