export type { TlsOptions } from '@slm-audit/core/exporter'
export type {
  ArchiveOptions,
  ArchivePlace,
  ObjectLock
} from './bucket/archive-options.ts'
export { copyIntoS3 } from './copy-into.ts'
export { type ArchiveSource, openS3Archive } from './read/open-archive.ts'
export { type S3Archive, s3Archive } from './s3-archive.ts'
export { type S3Segments, s3Segments } from './s3-segments.ts'
