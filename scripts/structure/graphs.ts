// Numbers of an import graph.
import { circlesOf } from '../rules/circles.ts'
import type { ImportGraph } from '../rules/imports.ts'

/** How many files stand on each other at most; a circle counts as one floor with all its files. */
export function floorsOf(graph: ImportGraph): number {
  const circle = new Map(circlesOf(graph).flatMap((files) => files.map((file) => [file, files])))
  const known = new Map<string, number>()
  const floorOf = (file: string): number => {
    const before = known.get(file)
    if (before !== undefined) return before
    const group = circle.get(file) ?? [file]
    for (const each of group) known.set(each, group.length)
    const below = group
      .flatMap((each) => importedBy(graph, each))
      .filter((path) => !group.includes(path))
    const floor = group.length + Math.max(0, ...below.map(floorOf))
    for (const each of group) known.set(each, floor)
    return floor
  }
  return Math.max(0, ...[...graph.keys()].map(floorOf))
}

/** The imports that lead from one folder to another. */
export function arrowsOf(graph: ImportGraph, folderOf: (file: string) => string): Set<string> {
  const arrows = new Set<string>()
  for (const file of graph.keys()) {
    for (const path of importedBy(graph, file)) {
      const [from, to] = [folderOf(file), folderOf(path)]
      if (from !== to) arrows.add(`${from} -> ${to}`)
    }
  }
  return arrows
}

/** The files of the graph that a file imports. */
function importedBy(graph: ImportGraph, file: string): string[] {
  return (graph.get(file) ?? []).flatMap(({ path }) =>
    path !== undefined && graph.has(path) ? [path] : []
  )
}
