"""Acceptance sampling: plans by attributes and by variables, their curves, the tables of MIL-STD-105E and
414 and their switching.

A plan is a value; what it does (OC, ASN, AOQ, total inspection) is computed exactly from it. Designs are
searched, not looked up; the tables of the standards are carried with their arrows followed.
"""

from linewright.measure.sampling.design import design_double, design_multiple, design_single
from linewright.measure.sampling.mil105 import Mil105Plan, code_letter, plan_for_letter, plan_for_lot
from linewright.measure.sampling.mil414 import (
    Mil414Plan,
    variables_code_letter,
    variables_plan_for_letter,
    variables_plan_for_lot,
)
from linewright.measure.sampling.plan import AttributePlan, Stage, single
from linewright.measure.sampling.switching import (
    ISO_2859_1,
    MIL_STD_105E,
    Inspection,
    Lot,
    SwitchingRules,
    SwitchState,
    next_state,
    resume,
)
from linewright.measure.sampling.variables import (
    VariablesDecision,
    VariablesPlan,
    decide_by_variables,
    design_variables,
    estimated_fraction,
)

__all__ = [
    "ISO_2859_1",
    "MIL_STD_105E",
    "AttributePlan",
    "Inspection",
    "Lot",
    "Mil105Plan",
    "Mil414Plan",
    "Stage",
    "SwitchState",
    "SwitchingRules",
    "VariablesDecision",
    "VariablesPlan",
    "code_letter",
    "decide_by_variables",
    "design_double",
    "design_multiple",
    "design_single",
    "design_variables",
    "estimated_fraction",
    "next_state",
    "plan_for_letter",
    "plan_for_lot",
    "resume",
    "single",
    "variables_code_letter",
    "variables_plan_for_letter",
    "variables_plan_for_lot",
]
