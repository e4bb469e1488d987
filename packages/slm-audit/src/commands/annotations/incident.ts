import { userName } from '@slm-audit/core/node'
import { AuditError, filterText, type TextTest } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { endedOnSignals } from '../../export/discarded-on-signals.ts'
import { type Bundle, writeBundle } from '../../export/incident/write-bundle.ts'
import { OutputFolder } from '../../export/output-folder.ts'
import { visibleJson } from '../../render/columns.ts'
import { counted } from '../../render/figures.ts'
import { progressBar } from '../../render/progress-bar.ts'
import type { Terminal } from '../../terminal.ts'
import {
  type AdministeredLog,
  adminBeside,
  type BesideWords,
  identityOption,
  logOption
} from '../admin/admin-of.ts'
import {
  chosenFilter,
  matchingCalls,
  namedCalls,
  type ScopeOptions,
  scopeOptions
} from '../admin/chosen-scope.ts'
import { isChoice } from '../filter.ts'
import { keyOptions, openLogReader } from '../with-reader.ts'

interface Options extends ScopeOptions, BesideWords {
  readonly json?: boolean
  readonly out?: string
  readonly hold: boolean
  readonly reason?: string
  readonly as?: string
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_.#-]{0,99}$/u
/** Calls of one incident: more are a filter that means too much. */
const MOST = 10_000

/** `slm-audit incident`: collects calls, links and holds them, and writes one bundle. */
export function addIncident(program: Command, terminal: Terminal): void {
  const command = program
    .command('incident')
    .description(
      'links calls to an incident, holds them, and writes a bundle with proofs and a timeline'
    )
    .argument('<name>', 'of the incident, such as INC-7; names no person')
  keyOptions(identityOption(logOption(scopeOptions(command))))
    .option('-o, --out <folder>', 'where the bundle goes (default: ./<name>)')
    .option('--no-hold', 'erasure and retention may go on')
    .option('--reason <text>', 'why; it is kept with the hold')
    .option('--as <name>', 'who asks for it (default: the user of the operating system)')
    .option('--signing-key <path>', 'the key that signs the log (default: <database>.key)')
    .option('--json', 'one JSON document, for programs')
    .option('--utc', 'times meant in UTC, not by the clock here')
    .action(async (name: string, words: string[], options: Options) => {
      if (!NAME.test(name)) {
        const message = `an incident is a short name without spaces, such as INC-7, not ${name}`
        throw new AuditError('bad_option', message)
      }
      const { file, admin } = await adminBeside(options)
      const filter = await linked(admin, name, words, options, terminal)
      await using reader = await openLogReader(options)
      const calls = await matchingCalls(reader, filter)
      const folder = options.out ?? name
      using output = new OutputFolder(folder, file, terminal)
      using _ = endedOnSignals(terminal, () => {
        output.discard()
        return `the calls are linked, and the bundle in ${folder} is not whole: the same command writes it anew`
      })
      const bundle = await writeBundle(reader, {
        ...{ name, filter: filterText(filter), folder, output, calls },
        onProgress: (done, of) => terminal.progress(progressBar(done, of))
      })
      terminal.progress('')
      report({ name, folder, calls, bundle }, options, terminal)
    })
}

/** Links what is chosen to the incident and holds it; the filter of all that is linked to it then. */
async function linked(
  admin: AdministeredLog['admin'],
  incident: string,
  words: readonly string[],
  options: Options,
  terminal: Terminal
): Promise<TextTest> {
  const ofIncident = {
    is: 'text',
    field: 'annotation',
    tag: 'incident',
    values: [{ value: incident }]
  } as const
  await using reader = await openLogReader(options)
  const filter = chosenFilter(words, options)
  const { record = [] } = options
  const matching = isChoice(filter) ? await matchingCalls(reader, filter) : []
  const chosen = [...(await namedCalls(reader, record)), ...matching]
  const known = new Set(await matchingCalls(reader, ofIncident))
  const added = [...new Set(chosen)].filter((auditId) => !known.has(auditId))
  if (known.size + added.length === 0) {
    const message = `no call matches, and none is linked to ${incident}; choose calls: slm-audit incident ${incident} stage:error since:2h`
    throw new AuditError('not_found', message)
  }
  if (known.size + added.length > MOST) {
    const message = `more than ${MOST.toLocaleString('en')} calls match; choose fewer, by since: and until: for instance`
    throw new AuditError('bad_option', message)
  }
  const by = options.as ?? userName()
  terminal.progress(`linking ${counted(added.length, 'call')}`)
  await admin.annotate({ calls: added, annotation: { incident, by } })
  const isHeld = (await admin.holds()).some((hold) => hold.incident === incident)
  const calls = isHeld ? added : [...known, ...added]
  if (options.hold && calls.length > 0) {
    const reason = options.reason ?? `incident ${incident}`
    await admin.hold({ incident, scope: { calls }, scopeName: 'query', reason, by })
  }
  return ofIncident
}

interface Done {
  readonly name: string
  readonly folder: string
  readonly calls: readonly string[]
  readonly bundle: Bundle
}

function report({ name, folder, calls, bundle }: Done, options: Options, terminal: Terminal): void {
  if (options.json) {
    terminal.print(visibleJson({ incident: name, folder, calls, ...bundle, isHeld: options.hold }))
    return
  }
  const held = options.hold ? ', held' : ''
  const mark = terminal.style('green', '✓ ')
  terminal.print(
    `${mark}${name}: ${counted(calls.length, 'call')}${held}, ${bundle.proven} records with proofs`
  )
  terminal.print(`  ${folder}/timeline.html`)
  if (bundle.unproven.length > 0) {
    terminal.explain(
      `no checkpoint covers ${bundle.unproven.length} records yet; run it again once the application has signed the log`
    )
  }
  if (bundle.proven === 0) return
  terminal.explain(
    `check it: slm-audit verify-proof ${folder}/records/*.tlog-proof --policy ${folder}/policy.txt`
  )
}
