// In the browser: an engine whose calls are recorded, in memory and at the page's own server.
import { createAuditLog, memoryJournal } from '@slm-audit/core'
import { encodeSealed } from '@slm-audit/core/journal'
import { wrapWebLLM } from '@slm-audit/web-llm'
import { fetchExporter } from '@slm-audit/webhook'
import { engine } from './engine.ts'

// Each visit is a log of its own, so it has a name of its own.
const journal = memoryJournal({ origin: `shop.example/${crypto.randomUUID()}`, maxRecords: 1_000 })
const exporters = [fetchExporter({ url: '/audit' })]
const log = createAuditLog({ journal, exporters, service: 'shop', version: '2.3.1' })
wrapWebLLM(engine, log)

const [form, input, output, save] = ['form', 'input', 'output', '#save'].map((name) =>
  document.querySelector<HTMLElement>(name)
)

form?.addEventListener('submit', async (event) => {
  event.preventDefault()
  const content = (input as HTMLInputElement).value
  // A context reaches the calls that are made before the first `await`.
  const answer = await log.withContext({ user: 'u-7' }, () =>
    engine.chat.completions.create({ messages: [{ role: 'user', content }], stream: true })
  )
  if (output) output.textContent = ''
  for await (const { choices } of answer) output?.append(choices[0]?.delta.content ?? '')
})

save?.addEventListener('click', async () => {
  await log.flush()
  const lines = journal.records.map((record) => `${encodeSealed(record)}\n`)
  const link = document.createElement('a')
  // The end tells a reader that nothing was cut off.
  const end = `{"end":${lines.length}}\n`
  link.href = URL.createObjectURL(new Blob([...lines, end]))
  link.download = 'records.jsonl'
  link.click()
})
