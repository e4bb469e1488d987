import { providerOf } from '@slm-audit/core/adapter'

/** Paths of the runtime: who is asked, and how. */
const PATH =
  /\/model\/([^/]+)\/(converse|converse-stream|invoke|invoke-with-response-stream|count-tokens)$/

/** What the path of a request says. */
export interface BedrockPath {
  /** The model's id, or the ARN of an inference profile, a prompt or a provisioned model. */
  readonly model: string
  readonly action: string
  readonly stream: boolean
}

/** Reads a path of the runtime; `undefined` for others. */
export function readPath({ pathname }: URL): BedrockPath | undefined {
  const [, model, action] = PATH.exec(pathname) ?? []
  if (model === undefined || action === undefined) return undefined
  return { model: decoded(model), action, stream: action.endsWith('-stream') }
}

/** What every request says by its address. */
export function requestBy(url: URL) {
  const path = readPath(url)
  return {
    provider: providerOf(url, 'aws.bedrock'),
    ...(path && { model: path.model, stream: path.stream })
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
