import { createAuditLog, openReader } from 'slm-audit'
import { processTerminal, runCli } from 'slm-audit/run-cli'
import type { Given } from './arguments.ts'
import { changeOneByte } from './changed-copy.ts'
import { askLocalModel } from './local-model.ts'
import { askOllama } from './ollama.ts'

const FILE = '.slm-audit/audit.db'
const COPY = '.slm-audit/changed-copy.db'
const SESSION = 'S-42'
const terminal = processTerminal(80)
const heading = (text: string) => terminal.print(`\n${terminal.style('bold', text)}\n`)
const slmAudit = (...args: string[]) => runCli([...args, '--file', FILE], terminal)

/** Records a dialogue, shows what was recorded, and shows that a change is found. Returns the exit code. */
export async function demonstrate(given: Given): Promise<number> {
  const { model, ollama, ui } = given
  {
    await using log = await createAuditLog({ file: FILE, service: 'shop', version: '2.3.1' })
    heading(
      ollama
        ? `${ollama} is asked, served by Ollama`
        : 'A small model answers a customer, in this process'
    )
    await log.withContext({ session: SESSION, user: 'u-7', tags: { tier: 'gold' } }, async () => {
      await (ollama ? askOllama(log, ollama) : askLocalModel(log, model))
    })
  }

  heading('What was recorded, newest first (slm-audit list)')
  await slmAudit('list', `session:${SESSION}`, '--limit', '5')

  heading('One call, whole (slm-audit show)')
  await slmAudit('show', await tellingCall())

  heading('Is the log as it was written? (slm-audit verify)')
  const verified = await slmAudit('verify')
  explain(
    '"self-consistent only" is expected here: the key that signs lies beside the log. With a checkpoint kept elsewhere (option `anchors`) nobody can write the log anew: docs/guide/verify.md'
  )

  if (model === undefined && ollama === undefined) await showChange()

  heading('Try next')
  terminal.print('  npx --yes pnpm@12.21.0 slm-audit ui    # all of this in your browser')
  for (const command of ['search refund', 'show last', 'list stage:cancelled', 'stats']) {
    terminal.print(`  npx --yes pnpm@12.21.0 slm-audit ${command}`)
  }
  terminal.print('  npx --yes pnpm@12.21.0 start --model path/to/any.gguf')
  terminal.print('\nIn an application of yours: docs/guide/getting-started.md\n')
  if (ui) await slmAudit('ui')
  return verified
}

/** Changes one byte of a copy, and has `verify` find it. */
async function showChange(): Promise<void> {
  const said = changeOneByte(FILE, COPY, ['refund is now approved', 'refund is not approved'])
  if (said === undefined) return
  heading(`And one byte of a copy is changed: "${said}"`)
  await runCli(['verify', '--file', COPY], terminal)
}

/** The newest call that ended well and asked for a tool, or else the newest that ended well. */
async function tellingCall(): Promise<string> {
  await using reader = await openReader(FILE)
  const { items } = await reader.query({ session: SESSION, stage: 'complete', kind: 'call' })
  const asked = items.find(({ tool }) => tool !== undefined) ?? items[0]
  return asked?.auditId ?? 'last'
}

/** Says something beside what the commands said, in lines that fit. */
function explain(text: string): void {
  let line = ' '
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > terminal.width) {
      terminal.print(terminal.style('dim', line))
      line = ' '
    }
    line += ` ${word}`
  }
  terminal.print(terminal.style('dim', line))
}
