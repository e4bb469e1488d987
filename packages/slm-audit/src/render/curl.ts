import type { WrittenRequest } from '@slm-audit/replay'

/**
 * A request as a command for a POSIX shell. What people wrote stands in single quotes, where nothing is read but a quote; a
 * header with a key stands in double quotes, where the shell reads its variable.
 */
export function curlOf({ address, headers, body }: WrittenRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const parts = [
    `curl ${quoted(address)}`,
    ...lines.map((line) => `-H ${line.includes('$') ? `"${line}"` : quoted(line)}`),
    `-d ${quoted(body)}`
  ]
  return parts.join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
