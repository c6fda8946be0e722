import { PolicyPack } from "@pulumi/policy";
import { readPolicies } from "./readPolicies.js";

new PolicyPack("nusantara", { policies: readPolicies(process.cwd(), process.env, new Date()) });
