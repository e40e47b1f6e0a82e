"""One place, one life (一地一生): all that is known of a place on one ribbon of time.

Any installed folder adds to it with a module `life.py` that calls `life_source`, and says which
rule was in force with `life_rules`.
"""

from guotu.core.atlas.life.events import LifeEvent, LifePaper, LifePlace, LifeRule
from guotu.core.atlas.life.sources import life_rules, life_source

__all__ = ["LifeEvent", "LifePaper", "LifePlace", "LifeRule", "life_rules", "life_source"]
