import type { VerifyReport } from '@slm-audit/core/reader'
import type { Style, Terminal } from '../terminal.ts'
import { momentWord } from './clock-words.ts'
import { counted, durationFigure } from './figures.ts'
import { wrap } from './words.ts'

/** A verification in words, with what it could not know. */
export function renderVerification(report: VerifyReport, terminal: Terminal): string {
  const { flaw, checked, from } = report
  const lines: string[] = []
  if (flaw) {
    lines.push(terminal.style('red', `✗ record ${flaw.index}: ${flaw.kind}`))
    lines.push(...indented(flaw.detail, terminal))
    if (report.verdict === 'diverged') {
      lines.push(
        ...indented('diverged: it is not the log that was signed, or that is known', terminal)
      )
    }
    const right = rightBefore(report, flaw.index)
    if (right !== undefined) lines.push(...indented(right, terminal))
    const advice = 'keep the file as it is: it is evidence; compare it with a backup or an export'
    lines.push(...indented(advice, terminal))
  } else {
    const since = from > 0 ? ` from ${from} on` : ''
    const checkpoints = counted(report.checkpoints, 'checkpoint')
    lines.push(
      terminal.style('green', `✓ ${counted(checked, 'record')}${since} verified`),
      ...indented(`headers, contents, order, tree, ${checkpoints} with signatures`, terminal)
    )
    for (const known of outsideKnowledge(report)) lines.push(...indented(known, terminal, 'dim'))
  }
  for (const notice of notices(report, terminal))
    lines.push(...indented(notice, terminal, 'yellow'))
  return lines.join('\n')
}

/** What is known of the records before a flaw. One that is found at the end may lie before what was checked. */
function rightBefore({ checked, from }: VerifyReport, index: number): string | undefined {
  const right = Math.min(checked, Math.max(0, index - from))
  if (right === 0 && from > 0) return undefined
  const since = from > 0 ? ` from ${from} on` : ''
  return `${counted(right, 'record')}${since} before it ${right === 1 ? 'is' : 'are'} right`
}

function indented(text: string, terminal: Terminal, style?: Style): string[] {
  const lines = wrap(text, terminal.width - 2).map((line) => `  ${line}`)
  return style ? lines.map((line) => terminal.style(style, line)) : lines
}

function outsideKnowledge({ outside, verdict, custody }: VerifyReport): string[] {
  const held = custody === undefined ? [] : [CUSTODY[custody] ?? `the key is held by: ${custody}`]
  if (!outside) {
    return [
      'unanchored, self-consistent only: whoever holds the signing key could have written all of it anew; compare with a checkpoint kept elsewhere: verify --against FILE',
      ...held
    ]
  }
  const { by, size, witnesses = [], organisations = [] } = outside
  const agrees = {
    checkpoint: 'the checkpoint that was kept elsewhere',
    key: 'a checkpoint signed by the key of the policy',
    witnesses: `a checkpoint cosigned by ${witnesses.join(', ')}`
  }[by]
  const of =
    by === 'witnesses'
      ? ` by ${witnesses.length} of ${counted(organisations.length, 'organisation')}`
      : ''
  return [`${verdict}${of}: the first ${counted(size, 'record')} agree with ${agrees}`, ...held]
}

/** Who holds the key, for people. */
const CUSTODY: { readonly [custody: string]: string } = {
  file: 'the key is a file where the log was written: whoever runs the application has it',
  environment: 'the key is in the environment of the application: whoever runs it has it',
  kms: 'the key is held by a key management service',
  process: 'the key is held by another process, which signs and does not give it away',
  signer: "the key is behind a signer of the application's own"
}

function notices(report: VerifyReport, terminal: Terminal): string[] {
  const { openCalls, lostRecords, lostBetween, unsigned, clockSetBack, strays } = report
  const lines: string[] = []
  if (report.from > 0) {
    lines.push(
      `records before ${report.from} were not looked at: what was changed in them since is not found this way; run verify without --since now and then`
    )
  }
  if (unsigned > 0 && !report.flaw) {
    lines.push(
      `${counted(unsigned, 'record')} after the newest checkpoint ${unsigned === 1 ? 'is' : 'are'} not signed yet`
    )
  }
  for (const { index, from, records } of report.signedLate) {
    const to = from + records - 1
    const which = records === 1 ? `record ${from} was` : `records ${from} to ${to} were`
    lines.push(
      `${which} not signed when the log was opened again (record ${index}), though no process had died: somebody may have taken their checkpoint away and changed them`
    )
  }
  for (const path of report.unreadHeads) {
    lines.push(`the head kept at ${path} may not be read here, so it was not compared`)
  }
  // Behind a flaw nobody looked for the ends of calls.
  if (openCalls > 0 && !report.flaw)
    lines.push(`${counted(openCalls, 'call')} received and not ended`)
  if (lostRecords > 0) {
    const between = lostBetween
      ? `, between ${momentWord(lostBetween.since, terminal)} and ${momentWord(lostBetween.until, terminal)}`
      : ''
    lines.push(`${counted(lostRecords, 'record')} lost and counted${between}`)
  }
  lines.push(...absence(report), ...encryption(report))
  if (strays > 0) {
    const them = strays === 1 ? 'belongs' : 'belong'
    lines.push(
      `${counted(strays, 'row')} in the store ${them} to nothing in the log: slm-audit did not write that`
    )
  }
  if (clockSetBack) {
    const { ms, index } = clockSetBack
    lines.push(`the clock was set back by ${durationFigure(ms)} at record ${index}`)
  }
  return lines
}

function absence({ absentContents, unexplained, pruned, flaw }: VerifyReport): string[] {
  const aged =
    pruned > 0 ? [`${counted(pruned, 'record')} pruned, as records of retention say`] : []
  if (absentContents === 0) return aged
  if (unexplained === 0)
    return [
      ...aged,
      `${counted(absentContents, 'content')} erased or expired, as records of the log say`
    ]
  const gone = `${counted(absentContents, 'content')} not stored`
  return [...aged, flaw ? gone : `${gone}: this is a copy that was not given all of them`]
}

function encryption({ encryptedContents }: VerifyReport): string[] {
  if (encryptedContents === 0) return []
  const [are, were] = encryptedContents === 1 ? ['is', 'was'] : ['are', 'were']
  return [
    `${counted(encryptedContents, 'content')} ${are} encrypted and ${were} not checked against what was sealed: give the keys (--contents-keys)`
  ]
}
