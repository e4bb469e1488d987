import type { ComparedInput, ComparedPair, Comparison, Measure } from '@slm-audit/core/reader'
import type { Terminal } from '../../terminal.ts'
import { columnsOf } from '../columns.ts'
import { countWord, durationFigure, percentWord } from '../figures.ts'
import { dot } from '../marks.ts'
import { cut, wrap } from '../words.ts'
import { markedSides, wrapStyled } from './text-diff.ts'

/** What two sides are called. */
export interface SideNames {
  /** What they are told apart by: `version`, `time`, … */
  readonly by: string
  readonly first: string
  readonly second: string
}

/** From here on a measure has its interval beside it. */
const WITH_INTERVAL = 80
const LONGEST_NAME = 28
const GAP = '  '

/** How two sides differ: a verdict, what they are measured by, and the input that changed most. */
export function renderComparison(
  comparison: Comparison,
  names: SideNames,
  terminal: Terminal
): string {
  const lines = wrap(verdictOf(comparison, names, terminal), terminal.width)
  lines[0] = terminal.style('bold', lines[0] ?? '')
  if (comparison.pairs === 0) return lines.join('\n')
  lines.push(...measureLines(comparison.measures, names, terminal))
  const [most] = comparison.inputs
  if (most && most.changed > 0) lines.push('', ...changedLines(most, terminal))
  return lines.join('\n')
}

/** All pairs that are changed, input by input. */
export function renderPairs({ inputs }: Comparison, terminal: Terminal): string {
  return inputs
    .filter(({ changed }) => changed > 0)
    .map((input) => changedLines(input, terminal).join('\n'))
    .join('\n')
}

function verdictOf(
  comparison: Comparison,
  { by, first, second }: SideNames,
  terminal: Terminal
): string {
  const { pairs, changed, changedShare, calls } = comparison
  const sides = `${by} ${first} ${terminal.isAscii ? 'vs' : '⇄'} ${second}`
  if (pairs === 0) {
    return `${sides}: nothing was asked on both sides (${calls[0]} and ${calls[1]} calls)`
  }
  const [low, high] = [changedShare.low, changedShare.high].map((share) => Math.round(share * 100))
  const of = pairs === 1 ? '1 pair' : `${pairs.toLocaleString('en')} pairs`
  return `${sides}: answers changed in ${percentWord(changed, pairs, 0)} of ${of} (${low}${terminal.isAscii ? '-' : '–'}${high}%)`
}

function measureLines(
  measures: readonly Measure[],
  { first, second }: SideNames,
  terminal: Terminal
): string[] {
  const isWide = terminal.width >= WITH_INTERVAL
  const rows = measures.map((measure) => [
    cut(measure.name, LONGEST_NAME),
    figure(measure, measure.first),
    figure(measure, measure.second),
    changeOf(measure, measure.second - measure.first),
    ...(isWide ? [intervalOf(measure)] : []),
    measure.isDifferent ? wordOf(measure) : isWide ? 'no difference to be seen' : 'no telling'
  ])
  const head = ['', cut(first, 10), cut(second, 10), 'change', ...(isWide ? ['95%'] : []), '']
  const all = [head, ...rows]
  const widths = head.map((_, at) => Math.max(...all.map((row) => columnsOf(row[at] ?? ''))))
  return all.map((row, line) => {
    const cells = row.map((cell, at) => {
      const blanks = ' '.repeat(Math.max(0, (widths[at] ?? 0) - columnsOf(cell)))
      const isText = at === 0 || at === row.length - 1
      return isText ? cell + blanks : blanks + cell
    })
    const text = cells.join(GAP).trimEnd()
    return line === 0 ? terminal.style('dim', text) : text
  })
}

function figure({ unit }: Measure, value: number): string {
  if (unit === 'ms') return durationFigure(value)
  return unit === 'share' ? percentWord(value, 1) : countWord(value)
}

function changeOf({ unit, first }: Measure, change: number): string {
  const sign = change > 0 ? '+' : change < 0 ? '−' : '±'
  const size = Math.abs(change)
  if (unit === 'ms') return `${sign}${durationFigure(size)}`
  if (unit === 'share') return `${sign}${(size * 100).toFixed(1)} pt`
  return first > 0 ? `${sign}${percentWord(size, first, 0)}` : `${sign}${countWord(size)}`
}

function intervalOf(measure: Measure): string {
  const { low, high } = measure.difference
  const bare = (change: number) => changeOf(measure, change).replace(/ ?(ms|s|pt|%|min|h)$/, '')
  return `${bare(low)}…${bare(high)}`
}

const WORDS: { readonly [name: string]: readonly [more: string, less: string] } = {
  latency: ['slower', 'faster'],
  first: ['later', 'sooner'],
  tokens: ['longer', 'shorter'],
  confidence: ['more sure', 'less sure']
}

function wordOf({ name, first, second }: Measure): string {
  const [more, less] = WORDS[name.split(' ')[0] ?? ''] ?? ['more often', 'less often']
  return second > first ? more : less
}

function changedLines(input: ComparedInput, terminal: Terminal): string[] {
  const { question, pairs, changed } = input
  const pair = typicalPair(pairs)
  const all = changed === pairs.length ? 'all different' : `${changed} different`
  const count = `${terminal.isAscii ? 'x' : '×'}${pairs.length}, ${all}`
  const room = terminal.width - count.length - 2
  const head = `${terminal.style('bold', cut(question, room))}  ${terminal.style('dim', count)}`
  if (!pair) return [head]
  const [removed, added] = markedSides(pair.first.answer, pair.second.answer, terminal)
  const lines = (mark: string, text: string) =>
    wrapStyled(text, terminal.width - 4).map((line, at) => `  ${at === 0 ? mark : ' '} ${line}`)
  const shown = `show ${pair.first.index} ${dot(terminal)} show ${pair.second.index}`
  return [
    head,
    ...lines(terminal.isAscii ? '-' : '−', removed),
    ...lines('+', added),
    terminal.style('dim', `  ${shown}`)
  ]
}

/** The change that most pairs have, as an example. */
function typicalPair(pairs: readonly ComparedPair[]): ComparedPair | undefined {
  const same = Map.groupBy(
    pairs.filter((pair) => pair.isChanged),
    ({ first, second }) => JSON.stringify([first.answer, second.answer])
  )
  const [most] = [...same.values()].sort((one, other) => other.length - one.length)
  return most?.[0]
}
