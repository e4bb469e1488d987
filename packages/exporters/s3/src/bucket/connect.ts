import type { AgentOptions } from 'node:https'
import type { S3Client } from '@aws-sdk/client-s3'
import type { ArchivePlace } from './archive-options.ts'

/** The SDK, once it is loaded. */
export type Sdk = typeof import('@aws-sdk/client-s3')

/** How long a store may take to be reached, and to be silent within a request, before it is asked again. */
const CONNECTING_MS = 10_000
const SILENT_MS = 60_000

/** The SDK takes tens of milliseconds to load, which nobody pays who has no archive. */
export function loadSdk(): Promise<Sdk> {
  return import('@aws-sdk/client-s3')
}

/** A client for where an archive is: the one that was given, or one that the environment of the SDK sets up. */
export async function connect(place: ArchivePlace): Promise<S3Client> {
  if (place.client) return place.client
  const { S3Client: Client } = await loadSdk()
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION } = process.env
  const { endpoint = AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL } = place
  // Other stores have the bucket in the path, and most of them no regions.
  const region = place.region ?? (endpoint !== undefined && !AWS_REGION ? ELSEWHERE : undefined)
  return new Client({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    requestHandler: {
      connectionTimeout: CONNECTING_MS,
      socketTimeout: SILENT_MS,
      ...(place.tls && { httpsAgent: { ...place.tls, keepAlive: true } as AgentOptions })
    }
  })
}

/** The region that stores without regions take. */
const ELSEWHERE = 'us-east-1'
