import { createAuditLog } from 'slm-audit'
import { processTerminal, runCli } from 'slm-audit/run-cli'
import { askLocalModel } from './local-model.ts'
import { askOllama } from './ollama.ts'
import { readArguments } from './arguments.ts'

const FILE = '.slm-audit/audit.db'
const terminal = processTerminal()
const heading = (text: string) => terminal.print(`\n${terminal.style('bold', text)}\n`)

const { model, ollama } = readArguments(process.argv.slice(2))

let shown = ''
{
  await using log = await createAuditLog({ file: FILE, service: 'quick-start', version: '1.0.0' })
  heading(ollama ? `${ollama} answers, served by Ollama` : 'A small model answers, in this process')
  await log.withContext({ session: 'quick-start', user: 'you', tags: { demo: true } }, async () => {
    shown = await (ollama ? askOllama(log, ollama) : askLocalModel(log, model))
  })
}

heading('What was audited')
await runCli(['list', '--file', FILE, '--session', 'quick-start', '--limit', '5'], terminal)

heading('One record, whole')
const newest = shown ? ['show', shown] : ['list', '--limit', '1']
await runCli([...newest, '--file', FILE], terminal)

heading('Is the journal as it was written?')
const verified = await runCli(['verify', '--file', FILE], terminal)

heading('Try next')
for (const command of ['search "audit log"', 'list --stage cancelled', 'show --help']) {
  terminal.print(`  npx --yes pnpm@12.21.0 slm-audit ${command}`)
}
terminal.print(`  npx --yes pnpm@12.21.0 start --model path/to/any.gguf\n`)
process.exitCode = verified
