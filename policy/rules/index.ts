import type { Rule } from "../rule.js";
import { antiAffinityRequired } from "./antiAffinityRequired.js";
import { backupConfigured } from "./backupConfigured.js";
import { bucketSafe } from "./bucketSafe.js";
import { claimRetention } from "./claimRetention.js";
import { clusterIdentifier } from "./clusterIdentifier.js";
import { costTags } from "./costTags.js";
import { danglingReference } from "./danglingReference.js";
import { databasePrivate } from "./databasePrivate.js";
import { defaultDeny } from "./defaultDeny.js";
import { deprecatedApi } from "./deprecatedApi.js";
import { disruptionBudgetPresent } from "./disruptionBudgetPresent.js";
import { disruptionBudgetSatisfiable } from "./disruptionBudgetSatisfiable.js";
import { disruptionBudgetSelects } from "./disruptionBudgetSelects.js";
import { disruptionBudgetUnhealthy } from "./disruptionBudgetUnhealthy.js";
import { dropCapabilities } from "./dropCapabilities.js";
import { eksAccess } from "./eksAccess.js";
import { eksEndpoint } from "./eksEndpoint.js";
import { eksLogs } from "./eksLogs.js";
import { eksSecretsEncrypted } from "./eksSecretsEncrypted.js";
import { explicitProvider } from "./explicitProvider.js";
import { gracePeriod } from "./gracePeriod.js";
import { helmRelease } from "./helmRelease.js";
import { iamLeastPrivilege } from "./iamLeastPrivilege.js";
import { imageDigest } from "./imageDigest.js";
import { imageRegistry } from "./imageRegistry.js";
import { imdsv2 } from "./imdsv2.js";
import { ingressTls } from "./ingressTls.js";
import { kmsRotation } from "./kmsRotation.js";
import { knownKinds } from "./knownKinds.js";
import { loadBalancerRestricted } from "./loadBalancerRestricted.js";
import { minimumReplicas } from "./minimumReplicas.js";
import { networkPolicyOpen } from "./networkPolicyOpen.js";
import { noBarePod } from "./noBarePod.js";
import { noDefaultNamespace } from "./noDefaultNamespace.js";
import { noHostNamespaces } from "./noHostNamespaces.js";
import { noHostPath } from "./noHostPath.js";
import { noNodePort } from "./noNodePort.js";
import { noPrivilegeEscalation } from "./noPrivilegeEscalation.js";
import { noPrivileged } from "./noPrivileged.js";
import { noSecretInConfigMap } from "./noSecretInConfigMap.js";
import { noSecretInEnvironment } from "./noSecretInEnvironment.js";
import { nonRoot } from "./nonRoot.js";
import { podSecurityNamespace } from "./podSecurityNamespace.js";
import { podSecurityRest } from "./podSecurityRest.js";
import { privateNodes } from "./privateNodes.js";
import { probes } from "./probes.js";
import { protectedResources } from "./protectedResources.js";
import { rbacMinimal } from "./rbacMinimal.js";
import { readOnlyRoot } from "./readOnlyRoot.js";
import { recommendedLabels } from "./recommendedLabels.js";
import { registryImmutable } from "./registryImmutable.js";
import { resourceBounds } from "./resourceBounds.js";
import { seccomp } from "./seccomp.js";
import { securityGroupOpen } from "./securityGroupOpen.js";
import { serviceAccount } from "./serviceAccount.js";
import { storageBinding } from "./storageBinding.js";
import { storageClassNamed } from "./storageClassNamed.js";
import { storageClassRetain } from "./storageClassRetain.js";
import { storageEncrypted } from "./storageEncrypted.js";
import { versionFloor } from "./versionFloor.js";
import { volumeRetain } from "./volumeRetain.js";
import { zoneSpread } from "./zoneSpread.js";

/** All rules, by name. */
export const rules: readonly Rule[] = [
  antiAffinityRequired,
  backupConfigured,
  bucketSafe,
  claimRetention,
  clusterIdentifier,
  costTags,
  danglingReference,
  databasePrivate,
  defaultDeny,
  deprecatedApi,
  disruptionBudgetPresent,
  disruptionBudgetSatisfiable,
  disruptionBudgetSelects,
  disruptionBudgetUnhealthy,
  dropCapabilities,
  eksAccess,
  eksEndpoint,
  eksLogs,
  eksSecretsEncrypted,
  explicitProvider,
  gracePeriod,
  helmRelease,
  iamLeastPrivilege,
  imageDigest,
  imageRegistry,
  imdsv2,
  ingressTls,
  kmsRotation,
  knownKinds,
  loadBalancerRestricted,
  minimumReplicas,
  networkPolicyOpen,
  noBarePod,
  noDefaultNamespace,
  noHostNamespaces,
  noHostPath,
  noNodePort,
  noPrivilegeEscalation,
  noPrivileged,
  noSecretInConfigMap,
  noSecretInEnvironment,
  nonRoot,
  podSecurityNamespace,
  podSecurityRest,
  privateNodes,
  probes,
  protectedResources,
  rbacMinimal,
  readOnlyRoot,
  recommendedLabels,
  registryImmutable,
  resourceBounds,
  seccomp,
  securityGroupOpen,
  serviceAccount,
  storageBinding,
  storageClassNamed,
  storageClassRetain,
  storageEncrypted,
  versionFloor,
  volumeRetain,
  zoneSpread,
];
