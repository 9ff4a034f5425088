"""Articles of the EU Charter of Fundamental Rights as the Data Privacy Vocabulary names impacts on them.

The names are those of DPV 2 (https://w3id.org/dpv/rights/eu, `eu-rights.csv`), spelt as there: A6 lacks a letter.
"""

from __future__ import annotations

__all__ = ["IMPACTS", "NAMES", "OF_RIGHTS", "PREFIX", "impact"]

PREFIX = "https://w3id.org/dpv/rights/eu#"

IMPACTS = {
    6: "A6-RightToLiberySecurityImpact", 7: "A7-RespectPrivateFamilyLifeImpact",
    10: "A10-FreedomOfThoughtConscienceReligionImpact", 11: "A11-FreedomOfExpressionInformationImpact",
    12: "A12-FreedomOfAssemblyAssociationImpact", 14: "A14-RightToEducationImpact",
    15: "A15-FreedomToChooseOccupationEngageWorkImpact", 17: "A17-RightToPropertyImpact",
    21: "A21-NonDiscriminationImpact", 24: "A24-RightsOfChildImpact", 34: "A34-SocialSecuritySocialAssistanceImpact",
    35: "A35-HealthcareImpact", 45: "A45-FreedomOfMovementAndResidenceImpact",
    47: "A47-RightToEffectiveRemedyFairTrialImpact"}

NAMES = {
    6: "liberty and security", 7: "private and family life", 10: "thought, conscience and religion",
    11: "expression and information", 12: "assembly and association", 14: "education",
    15: "choosing an occupation and working", 17: "property", 21: "non-discrimination", 24: "rights of the child",
    34: "social security and assistance", 35: "health care", 45: "movement and residence",
    47: "effective remedy and fair trial"}

OF_RIGHTS = {
    6: ("liberty", "detention", "released", "release", "bail"), 14: ("school", "education", "universit", "student"),
    15: ("work", "job", "employ", "occupation", "office"), 17: ("wage", "property", "bank", "loan", "credit"),
    34: ("benefit", "welfare", "housing", "ration", "pension", "assistance", "allowance", "grant"),
    35: ("health", "hospital", "medic"), 45: ("travel", "train", "flight", "movement", "passport", "visa", "trip")}
"""Article -> parts of words that the name of a right in a scheme has when it is about that. Whoever files looks again.
"""


def impact(article: int) -> str:
    """The IRI of an impact on this article."""
    return PREFIX + IMPACTS[article]
