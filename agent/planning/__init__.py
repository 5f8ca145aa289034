"""Plans: what to ask, look up, choose, confirm and do, in which order, until what the customer wants is done.

Pure and deterministic: tools' declared needs and results in, one move at a time out. A brain may propose a wish
(``StartFlow``, slot values); only the planner decides what follows from it.
"""
