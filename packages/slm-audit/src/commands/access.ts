import { type AccessOptions, AuditError, type ContentsView } from '@slm-audit/core/reader'
import { type Command, InvalidArgumentError, Option } from 'commander'

/** Options of commands that look into contents: who, why, and how much of them. */
export interface AccessWords {
  readonly as?: string
  readonly reason?: string
  readonly view?: ContentsView
  readonly breakGlass?: number
}

/** Adds `--as`, `--reason`, `--view` and `--break-glass`. */
export function accessOptions(command: Command): Command {
  return command
    .option('--as <name>', 'who reads (default: the user of the operating system)')
    .option('--reason <text>', 'why; it is kept where the log records who reads it')
    .addOption(
      new Option('--view <contents>', 'how much of the contents to show').choices([
        'none',
        'masked',
        'whole'
      ])
    )
    .option(
      '--break-glass <minutes>',
      'whole contents whatever the role allows; needs --reason, and is marked',
      toMinutes
    )
}

/** What the options say of the access. */
export function accessIn({ as, reason, view, breakGlass }: AccessWords): AccessOptions {
  return {
    ...(as !== undefined && { by: as }),
    ...(reason !== undefined && { reason }),
    ...(view !== undefined && { contents: view }),
    ...(breakGlass !== undefined && { breakGlass: { minutes: breakGlass } })
  }
}

/** Throws AuditError `bad_option` where `--view` is given and what is written knows no masks. */
export function refuseView({ view }: AccessWords, what: string): void {
  if (view === undefined || view === 'whole') return
  throw new AuditError('bad_option', `${what} holds what was sealed; leave --view ${view} out`)
}

function toMinutes(text: string): number {
  const minutes = Number(text)
  if (minutes > 0) return minutes
  throw new InvalidArgumentError('It takes a number of minutes.')
}
