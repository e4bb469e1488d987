import { member } from './member.ts'

type Criterion = (...args: unknown[]) => unknown

/** Hears which rows a criterion of the application stops, and whether somebody interrupted it. */
export type StopListener = (rows: readonly unknown[], interrupted: boolean) => void

/**
 * The application's stopping criteria, each of which tells `listener` what it decides. Its own
 * list and criteria stay as they are: a list is stood in for by one of the same class.
 */
export function watchCriteria(criteria: unknown, listener: StopListener): unknown {
  const watch = (one: unknown): unknown =>
    typeof one === 'function' ? watchOne(one as Criterion, listener) : one
  if (Array.isArray(criteria)) return criteria.map(watch)
  const list = member(criteria, 'criteria')
  if (Array.isArray(list)) {
    return Object.create(criteria as object, { criteria: { get: () => list.map(watch) } })
  }
  return typeof criteria === 'function' ? [watch(criteria)] : criteria
}

function watchOne(criterion: Criterion, listener: StopListener): Criterion {
  return (...args) => {
    const rows = criterion(...args)
    if (Array.isArray(rows)) listener(rows, member(criterion, 'interrupted') === true)
    return rows
  }
}
