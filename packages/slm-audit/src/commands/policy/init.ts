import { existsSync, writeFileSync } from 'node:fs'
import { AuditError } from '@slm-audit/core/reader'
import { type Command, Option } from 'commander'
import { PRESETS, presetText } from '../../policy/presets.ts'
import type { Terminal } from '../../terminal.ts'

/** `slm-audit policy init`: a policy to start from, with comments. */
export function addInit(policy: Command, terminal: Terminal): void {
  const names = Object.keys(PRESETS)
  const preset = new Option('--preset <name>', 'what it is for').choices(names).default('minimal')
  policy
    .command('init')
    .description('writes a policy to start from, with comments')
    .argument('[file]', 'where it is written; printed unless given')
    .addOption(preset)
    .action((file: string | undefined, options: { readonly preset: string }) => {
      const text = presetText(options.preset)
      if (file === undefined) {
        terminal.print(text.trimEnd())
        return
      }
      if (existsSync(file)) {
        throw new AuditError('bad_option', `${file} is there already; name another file`)
      }
      writeFileSync(file, text)
      terminal.explain(`wrote ${file}; slm-audit policy check ${file} says what its rules do`)
    })
}
