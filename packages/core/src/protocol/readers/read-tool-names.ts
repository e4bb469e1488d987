import { isObject } from '../../base/json.ts'

/**
 * The names of the tools offered, from a list of definitions in any provider's shape; one that has
 * no name of its own is left out.
 */
export function readToolNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return []
  return tools.flatMap((tool) => {
    const named = isObject(tool)
      ? (tool.function ?? tool.custom ?? tool.toolSpec ?? tool)
      : undefined
    return isObject(named) && typeof named.name === 'string' ? [named.name] : []
  })
}
