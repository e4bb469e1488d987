import { AuditError } from '../../base/error.ts'
import { bothOf, type Filter, filterTree } from '../filter/filter-tree.ts'
import type { Reader } from '../reader.ts'
import type { ComparedInput, ComparedPair, CompareRequest, Comparison } from './comparison.ts'
import { hasSetting } from './has-setting.ts'
import { shareInterval } from './intervals.ts'
import { measuresOf, type Pair } from './measures.ts'
import { readSide, type SideCall } from './read-side.ts'

const USUAL = 2_000
/** Calls between two reports of progress. */
const TOLD_EVERY = 50

/**
 * Compares the answers of two sides where both were asked the same: all messages, but for white space, unless calls are paired
 * by something else.
 * A question that both were asked several times makes as many pairs as the side with fewer has. For
 * those who implement `Reader`: its `compare` may be this function. Rejects with AuditError `bad_query`.
 */
export async function compareCalls(
  reader: Pick<Reader, 'query' | 'get'>,
  request: CompareRequest
): Promise<Comparison> {
  const { first, second, filter = {}, setting, limit = USUAL, onProgress } = request
  const { pairBy = 'input' } = request
  if (pairBy !== 'input' && pairBy !== 'said' && !/^tag\../.test(pairBy)) {
    throw new AuditError(
      'bad_query',
      `calls are paired by input, said or tag.<name>, not ${pairBy}`
    )
  }
  const shared = bothOf(filterTree(filter), filterTree({ kind: 'call' }))
  let done = 0
  let most = limit * 2
  const onCall = () => {
    if (++done % TOLD_EVERY === 0) onProgress?.(done, most)
  }
  const read = (side: Filter, value: string | undefined) =>
    readSide(reader, {
      ...{ filter: bothOf(filterTree(side), shared), limit, pairBy, onCall },
      isMeant: (record) => setting === undefined || hasSetting(record, setting.name, value ?? '')
    })
  const one = await read(first, setting?.first)
  most = done + limit
  const two = await read(second, setting?.second)
  const inputs = pairInputs(one, two)
  const pairs = inputs.flat()
  const changed = pairs.filter(isChanged).length
  return {
    calls: [one.length, two.length],
    sharedInputs: inputs.length,
    pairs: pairs.length,
    changed,
    changedShare: shareInterval(changed, pairs.length),
    measures: measuresOf(pairs),
    inputs: inputs
      .map(comparedInput)
      .sort((one, other) => other.changed - one.changed || other.pairs.length - one.pairs.length)
  }
}

function pairInputs(first: readonly SideCall[], second: readonly SideCall[]): Pair[][] {
  const own = Map.groupBy(first, ({ key }) => key)
  const others = Map.groupBy(second, ({ key }) => key)
  return [...own].flatMap(([key, calls]) => {
    const same = others.get(key)
    if (!same) return []
    return [
      calls.flatMap((call, at): Pair[] => {
        const other = same[at]
        return other && other.auditId !== call.auditId ? [[call, other]] : []
      })
    ].filter((pairs) => pairs.length > 0)
  })
}

function isChanged([first, second]: Pair): boolean {
  return first.answer !== second.answer
}

function comparedInput(pairs: readonly Pair[]): ComparedInput {
  const compared = pairs.map((pair): ComparedPair => {
    const [first, second] = pair
    const of = ({ auditId, index, answer }: SideCall) => ({ auditId, index, answer })
    return {
      question: first.question,
      first: of(first),
      second: of(second),
      isChanged: isChanged(pair)
    }
  })
  return {
    question: pairs[0]?.[0].question ?? '',
    pairs: compared,
    changed: compared.filter((pair) => pair.isChanged).length
  }
}
