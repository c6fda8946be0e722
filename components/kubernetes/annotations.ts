/** Annotation by which external-dns learns under which names a Service is to be found. */
export const hostnameAnnotation = "external-dns.alpha.kubernetes.io/hostname";

/** Seconds that others may keep an address of such a name. */
export const timeToLiveAnnotation = "external-dns.alpha.kubernetes.io/ttl";

/** Annotations that have the metrics collector read `/metrics` of a pod. */
export const scrapedAt = (port: number): Record<string, string> => ({
  "prometheus.io/scrape": "true",
  "prometheus.io/port": `${port}`,
  "prometheus.io/path": "/metrics",
});
