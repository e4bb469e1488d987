// Circles of files: groups in which each file imports all others, directly or by way of others.
import type { Report } from './files.ts'
import type { ImportGraph } from './imports.ts'

/** Reports each circle of files once. */
export function checkCircles(graph: ImportGraph, report: Report): void {
  for (const circle of circlesOf(graph)) {
    const [first = '', ...others] = circle
    report(
      first,
      `a circle of imports with ${others.join(', ') || 'itself'}: move what both need below`
    )
  }
}

/** The groups of files that import each other, Tarjan's strongly connected components. */
export function circlesOf(graph: ImportGraph): string[][] {
  const circles: string[][] = []
  const order = new Map<string, number>()
  const stack: string[] = []
  const visit = (file: string): number => {
    const own = order.size
    order.set(file, own)
    stack.push(file)
    let low = own
    for (const path of neighbours(graph, file)) {
      if (!order.has(path)) low = Math.min(low, visit(path))
      else if (stack.includes(path)) low = Math.min(low, order.get(path) ?? low)
    }
    if (low === own) {
      const circle = stack.splice(stack.indexOf(file))
      if (circle.length > 1 || neighbours(graph, file).includes(file)) circles.push(circle.sort())
    }
    return low
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return circles
}

function neighbours(graph: ImportGraph, file: string): string[] {
  return (graph.get(file) ?? []).flatMap(({ path }) =>
    path !== undefined && graph.has(path) ? [path] : []
  )
}
