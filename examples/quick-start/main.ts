import { createAuditLog, openReader } from 'slm-audit'
import { processTerminal, runCli } from 'slm-audit/run-cli'
import { readArguments } from './arguments.ts'
import { askLocalModel } from './local-model.ts'
import { askOllama } from './ollama.ts'

const FILE = '.slm-audit/audit.db'
const terminal = processTerminal(80)
const heading = (text: string) => terminal.print(`\n${terminal.style('bold', text)}\n`)

const { model, ollama } = readArguments(process.argv.slice(2))

{
  await using log = await createAuditLog({ file: FILE, service: 'quick-start', version: '1.0.0' })
  heading(
    ollama ? `${ollama} is asked, served by Ollama` : 'A small model answers, in this process'
  )
  await log.withContext({ session: 'quick-start', user: 'you', tags: { demo: true } }, async () => {
    await (ollama ? askOllama(log, ollama) : askLocalModel(log, model))
  })
}

heading('What was audited')
await runCli(['list', '--file', FILE, '--session', 'quick-start', '--limit', '5'], terminal)

heading('One record, whole')
await runCli(['show', await newestCall(), '--file', FILE], terminal)

heading('Is the journal as it was written?')
const verified = await runCli(['verify', '--file', FILE], terminal)

heading('Try next')
for (const command of ['search "audit log"', 'list --stage cancelled', 'show --help']) {
  terminal.print(`  npx --yes pnpm@12.21.0 slm-audit ${command}`)
}
terminal.print(`  npx --yes pnpm@12.21.0 start --model path/to/any.gguf\n`)
process.exitCode = verified

/** The newest call that ended well. */
async function newestCall(): Promise<string> {
  await using reader = await openReader(FILE)
  const { items } = await reader.query({ session: 'quick-start', stage: 'complete' }, { limit: 1 })
  return items[0]?.auditId ?? ''
}
