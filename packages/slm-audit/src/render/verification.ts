import type { VerifyReport } from '@slm-audit/core'
import type { Terminal } from '../terminal.ts'
import { visible } from './columns.ts'

/** A verification in words, with what it could not know. */
export function renderVerification(report: VerifyReport, terminal: Terminal): string {
  const { flaw, checked, from } = report
  const lines: string[] = []
  if (flaw) {
    lines.push(terminal.style('red', `✗ record ${flaw.index}: ${flaw.kind}`))
    lines.push(`  ${visible(flaw.detail)}`)
    const since = from > 0 ? ` from ${from} on` : ''
    const right = `${count(checked, 'record')}${since} before it ${checked === 1 ? 'is' : 'are'} right`
    if (checked > 0 || from === 0) lines.push(`  ${right}`)
    lines.push('  keep the file as it is: it is evidence; compare it with a backup or an export')
  } else {
    const since = from > 0 ? ` from ${from} on` : ''
    lines.push(
      terminal.style('green', `✓ ${count(checked, 'record')}${since} verified`),
      `  headers, contents, order, tree, ${count(report.checkpoints, 'checkpoint')} with signatures`
    )
    lines.push(...outsideLines(report).map((line) => terminal.style('dim', `  ${line}`)))
  }
  lines.push(...notices(report).map((line) => terminal.style('yellow', `  ${line}`)))
  return lines.join('\n')
}

function outsideLines({ outside, from }: VerifyReport): string[] {
  const before = from > 0 ? [`records before ${from} were not read again`] : []
  if (!outside) {
    return [
      'self-consistent only: whoever holds the signing key could have written all of',
      'it anew; compare with a checkpoint kept elsewhere: verify --against FILE',
      ...before
    ]
  }
  const by = {
    checkpoint: 'the checkpoint that was kept elsewhere',
    key: 'a checkpoint signed by the key of the policy',
    witnesses: 'a checkpoint cosigned by the witnesses of the policy'
  }[outside.by]
  return [`the first ${count(outside.size, 'record')} agree with ${by}`, ...before]
}

function notices(report: VerifyReport): string[] {
  const { openCalls, lostRecords, unsigned, absentContents, clockSetBack } = report
  const lines: string[] = []
  if (unsigned > 0 && !report.flaw) {
    lines.push(
      `${count(unsigned, 'record')} after the newest checkpoint ${unsigned === 1 ? 'is' : 'are'} not signed yet`
    )
  }
  if (openCalls > 0) lines.push(`${count(openCalls, 'call')} received and not ended`)
  if (lostRecords > 0) lines.push(`${count(lostRecords, 'record')} lost and counted`)
  if (absentContents > 0) lines.push(`${count(absentContents, 'content')} no longer stored`)
  if (clockSetBack) {
    const seconds = Math.round(clockSetBack.ms / 1000)
    lines.push(
      `the clock was set back by ${count(seconds, 'second')} at record ${clockSetBack.index}`
    )
  }
  return lines
}

function count(value: number, noun: string): string {
  return `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`
}
