import type { FilterTree } from '@slm-audit/core/reader'

/** Whether a filter itself says from when on calls are meant, so that no usual time has to be added to it. */
export function saysSince(tree: FilterTree): boolean {
  if (tree.is === 'all') return tree.of.some(saysSince)
  if (tree.is === 'any') return tree.of.every(saysSince)
  return tree.is === 'time' && tree.field === 'since'
}
