/** Races of the guards, searched for by jcstress; run by stress.sh, only compiled by the build. */
package io.backstay.stress;
